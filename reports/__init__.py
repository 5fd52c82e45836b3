"""How a person sees a study: the table, the plots and the page, drawn from what `results` hands over."""

from .figures import plot_accuracies, plot_correlations, plot_ladder, plot_scatter, plot_search
from .full_table import latex
from .ladder import draw_cost, draw_ladder, draw_scatter
from .leaderboard import leaderboard_figure, leaderboard_page
from .legend import legend
from .methods import methods_latex, methods_markdown
from .page import page_of, studies_page
from .paper_table import paper
from .report import draw_report, write_report
from .single import save_figure
from .table import csv, markdown
from .verdict import running_line, verdict_text
from .verdict_page import verdict_figures, verdict_page
from .wide import wide

__all__ = [
    "csv",
    "draw_cost",
    "draw_ladder",
    "draw_report",
    "draw_scatter",
    "latex",
    "leaderboard_figure",
    "leaderboard_page",
    "legend",
    "markdown",
    "methods_latex",
    "methods_markdown",
    "page_of",
    "paper",
    "plot_accuracies",
    "plot_correlations",
    "plot_ladder",
    "plot_scatter",
    "plot_search",
    "running_line",
    "save_figure",
    "studies_page",
    "verdict_figures",
    "verdict_page",
    "verdict_text",
    "wide",
    "write_report",
]

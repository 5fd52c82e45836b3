"""How a person sees a study: the table, the plots and the page, drawn from what `results` hands over."""

from .full_table import latex
from .ladder import plot_cost, plot_ladder, plot_scatter
from .leaderboard import leaderboard_figure, leaderboard_page
from .legend import legend
from .report import draw_report, write_report
from .table import csv, markdown
from .verdict import running_line, verdict_text
from .verdict_page import verdict_figures, verdict_page
from .wide import wide

__all__ = [
    "csv",
    "draw_report",
    "latex",
    "leaderboard_figure",
    "leaderboard_page",
    "legend",
    "markdown",
    "plot_cost",
    "plot_ladder",
    "plot_scatter",
    "running_line",
    "verdict_figures",
    "verdict_page",
    "verdict_text",
    "wide",
    "write_report",
]

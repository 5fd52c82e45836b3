"""How a person sees a study: the table, the plots and the page, drawn from what `results` hands over."""

from .full_table import latex
from .legend import legend
from .page import page_of, studies_page
from .report import draw_report, write_report
from .table import csv, markdown
from .wide import wide

__all__ = ["csv", "draw_report", "latex", "legend", "markdown", "page_of", "studies_page", "wide", "write_report"]

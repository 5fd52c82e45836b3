"""How a person sees a study: the table, the plots and the page, drawn from what `results` hands over."""

from reports.legend import legend
from reports.report import draw_report, write_report
from reports.table import csv, latex, markdown

__all__ = ["csv", "draw_report", "latex", "legend", "markdown", "write_report"]

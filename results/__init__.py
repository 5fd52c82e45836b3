"""What was measured: the store of a study, the published numbers, and statistics over stored rows."""

from results.errors import StoreError
from results.frames import comparison, correlations, failures, search_curves
from results.lock import study_lock
from results.points import points, winners
from results.published import published
from results.statistics import Correlation, bootstrap, correlate, kendall, mean_intervals, spearman
from results.store import Store

__all__ = [
    "Correlation",
    "Store",
    "StoreError",
    "bootstrap",
    "comparison",
    "correlate",
    "correlations",
    "failures",
    "kendall",
    "mean_intervals",
    "points",
    "published",
    "search_curves",
    "spearman",
    "study_lock",
    "winners",
]

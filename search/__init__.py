"""Search strategies: which architecture to look at next."""

from .budget import Budget
from .evolution import Evolution
from .local import Local
from .random_search import RandomSearch
from .ranking import RULES, Ranking
from .regularized import Regularized
from .sample import draw_evenly, stratified_sample, uniform_sample
from .strategy import Best, Counts, ExhaustedError, Strategy

STRATEGIES: dict[str, type[Strategy]] = {
    "evolution": Evolution,
    "regularized": Regularized,
    "random": RandomSearch,
    "local": Local,
}

__all__ = [
    "RULES",
    "STRATEGIES",
    "Best",
    "Budget",
    "Counts",
    "Evolution",
    "ExhaustedError",
    "Local",
    "RandomSearch",
    "Ranking",
    "Regularized",
    "Strategy",
    "draw_evenly",
    "stratified_sample",
    "uniform_sample",
]

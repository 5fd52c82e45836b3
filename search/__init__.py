"""Which architecture to look at next."""

from search.budget import Budget
from search.evolution import Evolution
from search.local import Local
from search.random_search import RandomSearch
from search.ranking import RULES, Ranking
from search.regularized import Regularized
from search.sample import draw_evenly, stratified_sample, uniform_sample
from search.strategy import Best, Counts, ExhaustedError, Strategy

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

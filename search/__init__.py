"""Which architecture to look at next."""

from search.budget import Budget
from search.evolution import Evolution
from search.ranking import RULES, Ranking
from search.sample import stratified_sample, uniform_sample
from search.strategy import Best, Counts, ExhaustedError, Strategy

STRATEGIES = {"evolution": Evolution}

__all__ = [
    "RULES",
    "STRATEGIES",
    "Best",
    "Budget",
    "Counts",
    "Evolution",
    "ExhaustedError",
    "Ranking",
    "Strategy",
    "stratified_sample",
    "uniform_sample",
]

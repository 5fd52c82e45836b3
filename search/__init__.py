"""Which architecture to look at next."""

from search.budget import Budget
from search.evolution import Evolution
from search.sample import stratified_sample
from search.strategy import Best, Counts, ExhaustedError, Strategy

STRATEGIES = {"evolution": Evolution}

__all__ = [
    "STRATEGIES",
    "Best",
    "Budget",
    "Counts",
    "Evolution",
    "ExhaustedError",
    "Strategy",
    "stratified_sample",
]

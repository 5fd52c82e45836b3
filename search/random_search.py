"""Random search: what every other strategy has to beat."""

from ..space import Architecture
from .strategy import Strategy
from .walk import random_architecture


class RandomSearch(Strategy):
    """Candidates are random architectures within the budget, independent of each other and of their values.

    What a random architecture is, `search.walk.random_architecture` says. With `relative`, a rule of `search.ranking`,
    a candidate is told as a tuple of components, and the best is found among the `population` that are kept; otherwise
    `population` changes nothing.
    """

    def _propose(self) -> Architecture:
        return random_architecture(self.space, self.budget, self._random)

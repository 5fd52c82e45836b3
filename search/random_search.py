"""Random search: what every other strategy has to beat."""

from ..space import Architecture
from .strategy import Strategy
from .walk import random_architecture


class RandomSearch(Strategy):
    """Candidates are random architectures within the budget, independent of each other and of their values.

    `search.walk.random_architecture` says how they are drawn. With `relative`, a rule of `search.ranking`, a candidate
    has a tuple of components, and the best is the best of the `population` candidates that are kept. Otherwise
    `population` has no effect.
    """

    def _propose(self) -> Architecture:
        return random_architecture(self.space, self.budget, self._random)

"""Random search: what every other strategy has to beat."""

from search.archive import Archive
from search.budget import Budget
from search.strategy import Best, Strategy, Told
from search.walk import random_architecture
from space import Architecture, Space


class RandomSearch(Strategy):
    """Candidates are random architectures within the budget, independent of each other and of their values.

    What a random architecture is, `search.walk.random_architecture` says. With `relative`, a rule of `search.ranking`,
    a candidate is told as a tuple of components, and the best is found among the `population` that are kept; otherwise
    `population` changes nothing.
    """

    def __init__(self, space: Space, budget: Budget, seed: int, population: int = 256, relative: str | None = None):
        super().__init__(space, budget, seed)
        self._archive = Archive(population, relative)

    @property
    def best(self) -> Best | None:
        """The best candidate so far; with `relative`, the best of those kept and its present value."""
        return self._archive.best

    def _propose(self) -> Architecture:
        return random_architecture(self.space, self.budget, self._random)

    def _accept(self, architecture: Architecture, told: Told, evaluation: int) -> None:
        self._archive.add(architecture, told, evaluation)

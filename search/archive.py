"""What the candidates of a search are worth, for strategies whose population is not that of the best."""

from collections.abc import Sequence

from search.population import ByRank, ByValue, Population
from search.ranking import Ranking
from search.strategy import Best, Told
from space import Architecture


class Archive:
    """The best of all candidates told so far, and what any of them is worth at present.

    Without `relative`, a candidate is worth its value. With it, the rule of `search.ranking`, a candidate is worth what
    its components are among those of all candidates, and the best is that of the `size` that are kept as in a
    population of the best: with every candidate the ranks change, and only these are followed.
    """

    def __init__(self, size: int, relative: str | None):
        self._kept: Population = ByValue(size) if relative is None else ByRank(size, relative)
        self._ranking = None if relative is None else Ranking(relative)

    @property
    def best(self) -> Best | None:
        """The best candidate; of equals, the oldest."""
        return self._kept.best

    def add(self, architecture: Architecture, told: Told, evaluation: int) -> None:
        """Take note of a candidate; ValueError, and no change, where what was told of it does not fit."""
        self._kept.add(architecture, told, evaluation)
        if self._ranking is not None and isinstance(told, Sequence):
            self._ranking.add(told)

    def value(self, told: Told) -> float:
        """The present value of a candidate that was added."""
        if isinstance(told, (float, int)):
            return told
        assert self._ranking is not None  # or `add` would have refused it
        return self._ranking.value(told)

"""Populations of limited size: newcomers join, and the worst leaves."""

import heapq
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..space import Architecture
from .ranking import Ranking, rise

Told = float | Sequence[float]  # a candidate's value; in a relative search, the components that its value is made of


@dataclass(frozen=True)
class Best:
    """The best candidate, and the number of the evaluation that found it (from 1)."""

    architecture: Architecture
    value: float
    evaluation: int


class Population(ABC):
    """At most `size` members. When there are more, the one of the lowest value leaves; of equals, the oldest."""

    def __init__(self, size: int):
        if size < 1:
            raise ValueError(f"population must be at least 1, got {size}")
        self.size = size

    @property
    @abstractmethod
    def best(self) -> Best | None:
        """The candidate of the highest value; of equals, the oldest."""

    @abstractmethod
    def add(self, architecture: Architecture, told: Told, evaluation: int) -> None:
        """Let a candidate join; ValueError, and no change, where what was told of it does not fit."""

    @abstractmethod
    def value(self, told: Told) -> float:
        """The present value of a candidate that was added, whether it is still a member; ValueError as for `add`."""

    @abstractmethod
    def ordered(self) -> list[tuple[Architecture, float]]:
        """Members and their present values, best first; of equals, the youngest first."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, index: int) -> Architecture:
        """A member, in an order of the population's own."""


class ByValue(Population):
    """Members have a value of their own, for good. The best is that of all candidates, whether it is still a member."""

    def __init__(self, size: int):
        super().__init__(size)
        # A heap by (value, age): the worst member is found in logarithmic time, and a heap is a list to draw from.
        self._heap: list[tuple[float, int, Architecture]] = []
        self._best: Best | None = None

    @property
    def best(self) -> Best | None:
        """The candidate of the highest value; of equals, the oldest."""
        return self._best

    def add(self, architecture: Architecture, told: Told, evaluation: int) -> None:
        """Let a candidate of this value join."""
        value = self.value(told)
        if self._best is None or value > self._best.value:
            self._best = Best(architecture, value, evaluation)
        heapq.heappush(self._heap, (value, evaluation, architecture))
        while len(self._heap) > self.size:
            heapq.heappop(self._heap)

    def value(self, told: Told) -> float:
        """What was told of it."""
        if not isinstance(told, int | float):
            raise ValueError(f"expected one value, as the search is not relative, got {told}")
        return told

    def ordered(self) -> list[tuple[Architecture, float]]:
        """Members and their values, best first; of equals, the youngest first."""
        return [(architecture, value) for value, _, architecture in sorted(self._heap, reverse=True)]

    def __len__(self) -> int:
        return len(self._heap)

    def __getitem__(self, index: int) -> Architecture:
        return self._heap[index][2]


class ByRank(Population):
    """Members have components, ranked among those of all candidates, so that values change. The best is a member."""

    def __init__(self, size: int, rule: str):
        super().__init__(size)
        self._ranking = Ranking(rule)
        # Members with their evaluations, oldest first, and row by row what is theirs.
        self._members: list[tuple[Architecture, int]] = []
        self._components = self._ranks = np.empty((0, 0))  # (members, components)
        self._values = np.empty(0)

    @property
    def best(self) -> Best | None:
        """The member of the highest present value; of equals, the oldest."""
        if not self._members:
            return None
        index = int(self._values.argmax())
        architecture, evaluation = self._members[index]
        return Best(architecture, float(self._values[index]), evaluation)

    def add(self, architecture: Architecture, told: Told, evaluation: int) -> None:
        """Let a candidate of these components join."""
        components = _components(told)
        self._ranking.add(components)
        if not self._members:
            self._components = self._ranks = np.empty((0, len(components)))
        # Members' ranks are kept up to date, not looked up: only the newcomer's need the history.
        ranks = self._ranks + rise(self._components, components)
        self._members.append((architecture, evaluation))
        self._components = np.vstack([self._components, components])
        self._ranks = np.vstack([ranks, self._ranking.ranks(components)])
        self._values = self._ranking.values(self._ranks)
        while len(self._members) > self.size:
            self._remove(int(self._values.argmin()))

    def value(self, told: Told) -> float:
        """What its components are worth among those of all candidates."""
        return self._ranking.value(_components(told))

    def _remove(self, index: int) -> None:
        del self._members[index]
        self._components = np.delete(self._components, index, axis=0)
        self._ranks = np.delete(self._ranks, index, axis=0)
        self._values = np.delete(self._values, index)

    def ordered(self) -> list[tuple[Architecture, float]]:
        """Members and their present values, best first; of equals, the youngest first."""
        order = np.argsort(self._values, kind="stable")[::-1]
        return [(self._members[index][0], float(self._values[index])) for index in order]

    def __len__(self) -> int:
        return len(self._members)

    def __getitem__(self, index: int) -> Architecture:
        return self._members[index][0]


def _components(told: Told) -> Sequence[float]:
    if not isinstance(told, Sequence):
        raise ValueError(f"expected a sequence of components, as the search is relative, got {told}")
    return told

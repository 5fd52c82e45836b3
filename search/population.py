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
    """At most `size` members. If there are more, the one with the lowest value leaves; of equals, the oldest."""

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
        """Let a candidate join. Raises ValueError, and changes nothing, if `told` is of the wrong kind."""

    @abstractmethod
    def value(self, told: Told) -> float:
        """The present value of a candidate that was added, member or not. Raises ValueError as `add` does."""

    @abstractmethod
    def ordered(self) -> list[tuple[Architecture, float]]:
        """Members and their present values, best first; of equals, the youngest first."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def __getitem__(self, index: int) -> Architecture:
        """The member with this index; the order has no meaning."""


class ByValue(Population):
    """Each member has a fixed value. The best is the best of all candidates so far, member or not."""

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
        """The value that was told."""
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
    """Each member has components, ranked among those of all candidates so far: values change. The best is a member."""

    def __init__(self, size: int, rule: str):
        super().__init__(size)
        self._ranking = Ranking(rule)
        # Members with the numbers of their evaluations, oldest first. The arrays below have one row for each member.
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
        # The ranks of members are updated. Only the newcomer's are looked up, among all candidates so far.
        ranks = self._ranks + rise(self._components, components)
        self._members.append((architecture, evaluation))
        self._components = np.vstack([self._components, components])
        self._ranks = np.vstack([ranks, self._ranking.ranks(components)])
        self._values = self._ranking.values(self._ranks)
        while len(self._members) > self.size:
            self._remove(int(self._values.argmin()))

    def value(self, told: Told) -> float:
        """The combined ranks of its components among those of all candidates so far."""
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

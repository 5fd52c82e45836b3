"""Values that exist only within a set: components are ranked among those of all candidates, and ranks combined."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sortedcontainers import SortedList

from ..names import unknown_name

RULES = ("rank_sum", "log_rank_sum")

Array = NDArray[np.float64]


class Ranking:
    """The components of n candidates, and the value of each candidate among them.

    Adding one and looking one up take time that hardly grows with n. Higher is better for every component: ranks ascend
    from 1, ties share their mean rank, and infinities are ranked like numbers. A value is Σ rank over the components
    ("rank_sum") or Σ ln(rank / n) ("log_rank_sum").
    """

    def __init__(self, rule: str):
        if rule not in RULES:
            raise ValueError(unknown_name("rule", rule, RULES))
        self.rule = rule
        self._columns: list[SortedList] = []

    def __len__(self) -> int:
        return len(self._columns[0]) if self._columns else 0

    def add(self, components: Sequence[float]) -> None:
        """Add a candidate. Raises ValueError for a NaN, or if earlier candidates have another number of components."""
        checked = self._checked(components)
        self._columns = self._columns or [SortedList() for _ in checked]
        for column, component in zip(self._columns, checked, strict=True):
            column.add(component)

    def value(self, components: Sequence[float]) -> float:
        """The present value of a candidate that was added."""
        return float(self.values(self.ranks(components)))

    def ranks(self, components: Sequence[float]) -> Array:
        """The present rank of each component, (k,), of a candidate that was added."""
        pairs = zip(self._columns, self._checked(components), strict=True)
        return np.array([(column.bisect_left(c) + column.bisect_right(c) + 1) / 2 for column, c in pairs])

    def values(self, ranks: Array) -> Array:
        """The values (...) that belong to present ranks (..., k)."""
        if self.rule == "rank_sum":
            return np.asarray(ranks.sum(axis=-1))
        # The logarithm of the product, since the product is exact (below 2⁵³). So equal values are equal to the last
        # bit on every machine. With a sum of logarithms, rounding would decide which of two members leaves a
        # population.
        return np.asarray(np.log(ranks.prod(axis=-1)) - ranks.shape[-1] * math.log(len(self)))

    def _checked(self, components: Sequence[float]) -> tuple[float, ...]:
        checked = tuple(float(component) for component in components)
        expected = len(self._columns) or max(1, len(checked))
        if len(checked) != expected:
            raise ValueError(f"expected {expected} components, got {len(checked)}")
        if any(math.isnan(component) for component in checked):
            raise ValueError(f"a component is NaN and has no rank: {checked}")
        return checked


def rise(components: Array, newcomer: Sequence[float]) -> Array:
    """How much the ranks of components (m, k) rise when a newcomer (k,) joins: 1 above it, ½ in a tie, else 0."""
    other = np.asarray(newcomer, dtype=np.float64)
    return (components > other) + (components == other) / 2

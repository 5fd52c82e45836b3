"""Does a score order architectures as something else does: a count of parameters, or another proxy?"""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .ranking import kendall
from .resampling import Array, mean_ranks

SAME = 0.999  # tau between two orders from which on they count as one
NEARLY = 0.9


class Kin(NamedTuple):
    """What orders the architectures most like a score: its name, and tau between the two orders (below 0: reversed)."""

    name: str
    tau: float

    @property
    def same(self) -> bool:
        """Whether both order all architectures alike, perhaps the other way round."""
        return abs(self.tau) >= SAME

    @property
    def nearly(self) -> bool:
        """Whether both order nearly all architectures alike."""
        return abs(self.tau) >= NEARLY


def mean_order(table: Array) -> Array:
    """One score of each architecture from its scores (n, seeds): the mean of its ranks, NaN where all failed."""
    ranks = np.full(table.shape, math.nan)
    for place, column in enumerate(table.T):
        present = np.isfinite(column)
        if present.any():
            ranks[present, place] = mean_ranks(column[present], np.ones((1, int(present.sum()))))[0]
    known = np.isfinite(ranks)
    counts = known.sum(axis=1)
    return np.where(counts > 0, np.where(known, ranks, 0.0).sum(axis=1) / np.maximum(counts, 1), math.nan)


def nearest(order: Array, others: Mapping[str, Array], turned: bool = True) -> Kin | None:
    """Which of `others`, (n,) each, orders the architectures most like `order` (n,), or `turned` round, if that may be.

    None where nothing can be compared.
    """
    found = [Kin(name, kendall(order, other)) for name, other in others.items()]
    known = [kin for kin in found if not math.isnan(kin.tau)]
    return max(known, key=lambda kin: (round(abs(kin.tau), 9) if turned else kin.tau, kin.tau), default=None)

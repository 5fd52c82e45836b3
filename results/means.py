"""The mean of a few values, how well it is known, and whether several spread alike.

The values of a group are the accuracies of one row's winners, one for each search seed. Three things can hold of them:

- The groups spread alike, as far as the Brown-Forsythe test can tell (`spread_alike`): then one standard deviation,
  pooled over the groups, serves all. Of two seeds alone it is hardly known (t = 12.7 for ν = 1), of two seeds of twelve
  proxies well.
- They do not: then each group has its own.
- A group is `constant`: all its seeds found the same winner. It tells nothing of a spread, has no interval and is in no
  pool. This is told by the winners, not by the values: two winners may have the same accuracy by chance. A search that
  is deterministic, or that always finds the best network of a listed space, ends so; the accuracy of that network is
  known as well as one training of it is, which no number of search seeds changes.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .resampling import Array

OBJECTION = 0.05  # below this p-value the test of Brown and Forsythe objects to one pooled deviation


class Spread(NamedTuple):
    """The variance that stands for a group's values, its degrees of freedom ν, and whether it is that of the pool."""

    variance: float
    freedom: float
    pooled: bool


def mean_intervals(
    groups: Sequence[ArrayLike], level: float = 0.95, constant: Sequence[bool] | None = None
) -> list[tuple[float, float, int]]:
    """Mean, half width of its Student t interval at `level`, and n of each group, over the values present.

    The standard deviation is pooled over the groups, ν = Σ (n − 1) degrees of freedom, where they spread alike, else
    each group's own with ν = n − 1; `constant` marks groups whose seeds all found one winner (see above). One group
    gives its own interval. The half width is NaN where no deviation is known and for constant groups, the mean where
    its group has none.
    """
    from scipy.special import stdtrit  # at first use: a quarter second's import that a search does without

    kept = present(groups)
    found = []
    for values, spread in zip(kept, spreads(kept, constant), strict=True):
        known = values.size > 0 and 0 < spread.freedom < math.inf
        scale = stdtrit(spread.freedom, (1 + level) / 2) if known else math.nan
        half = scale * math.sqrt(spread.variance / values.size) if known else math.nan
        found.append((float(values.mean()) if values.size else math.nan, float(half), values.size))
    return found


def spreads(groups: Sequence[ArrayLike], constant: Sequence[bool] | None = None) -> list[Spread]:
    """The spread of each group's values: of the pool where the groups spread alike, else the group's own, ν = n − 1.

    The variance is NaN and ν 0 where no two values tell it. A constant group has variance 0, which is no estimate: its
    ν is infinite. A group of one value is not constant, since no other seed confirms it.
    """
    kept = present(groups)
    still = [bool(mark) and values.size > 1 for mark, values in zip(constant or [False] * len(kept), kept, strict=True)]
    moving = [values for values, stands in zip(kept, still, strict=True) if not stands]
    pooled = _spread(moving)._replace(pooled=True)
    alike = spread_alike(moving)
    return [
        Spread(0.0, math.inf, False) if stands else pooled if alike else _spread([values])
        for values, stands in zip(kept, still, strict=True)
    ]


def spread_alike(groups: Sequence[ArrayLike], objection: float = OBJECTION) -> bool:
    """Whether nothing speaks against one standard deviation for all groups: Brown-Forsythe, p at least `objection`.

    Only groups of three values or more can speak: two lie equally far from their median, whatever they are. Fewer than
    two such groups cannot object, and groups of three hardly ever do. Brown and Forsythe 1974: an analysis of variance
    of the distances from the group's median.
    """
    from scipy.stats import levene  # at first use, as above

    speaking = [values for values in present(groups) if values.size >= 3]
    if len(speaking) < 2 or not any(np.ptp(values) for values in speaking):
        return True
    with np.errstate(divide="ignore", invalid="ignore"):
        p = levene(*speaking, center="median").pvalue
    return not p < objection  # NaN does not object


def present(groups: Sequence[ArrayLike]) -> list[Array]:
    """The finite values of each group."""
    kept = [np.asarray(values, dtype=np.float64) for values in groups]
    return [values[np.isfinite(values)] for values in kept]


def _spread(groups: Sequence[Array]) -> Spread:
    freedom = sum(max(0, values.size - 1) for values in groups)
    squares = math.fsum(float(((values - values.mean()) ** 2).sum()) for values in groups if values.size)
    return Spread(squares / freedom if freedom else math.nan, freedom, False)

"""Is one proxy better than another, or did it only have the luckier sample?"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from .ranking import kendall
from .resampling import RESAMPLES, Array, Statistic, complete, correlatable, draws, percentiles, varied
from .statistics import resampled


@dataclass(frozen=True)
class Paired:
    """How much better the first score is than the second, over the `n` architectures that both have scored.

    `difference` of the statistic, first less second, with the ends of its interval; `p` is (b + 1) / (B + 1), b being
    in how many of B resamples the first is not better.
    """

    n: int
    difference: float
    low: float
    high: float
    p: float


def paired(
    first: ArrayLike,
    second: ArrayLike,
    y: ArrayLike,
    statistic: Statistic = kendall,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
    **options: Any,
) -> Paired:
    """Paired bootstrap of `statistic(first, y) - statistic(second, y)`; both scores with higher is better.

    Every resample holds the same architectures for both, so what is easy or hard about them cancels: two intervals
    that overlap may well belong to proxies of which one is better. Rows in which one of the three is missing are
    dropped. NaN for fewer than three, or where one is constant.
    """
    target, a, b = complete(y, first, second)  # in the order of the accuracies: all proxies have the same resamples
    if not (correlatable(a, target) and correlatable(b, target)):
        return Paired(len(a), math.nan, math.nan, math.nan, math.nan)
    counts = varied(draws(len(a), resamples, seed), a, b, target)
    ours, theirs = (resampled(scores, target, statistic, counts, **options) for scores in (a, b))
    differences = ours - theirs
    difference = statistic(a, target, **options) - statistic(b, target, **options)
    return Paired(len(a), difference, *percentiles(differences, level), not_above(differences))


def not_above(differences: Array) -> float:
    """One-sided p of a bootstrap: (b + 1) / (B + 1), where b of the B finite differences are not above 0.

    The data itself counts as one resample, so that p is never 0: the least is 1 / (B + 1). NaN without resamples.
    """
    finite = differences[np.isfinite(differences)]
    return float(((finite <= 0).sum() + 1) / (finite.size + 1)) if finite.size else math.nan

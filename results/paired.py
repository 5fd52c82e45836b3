"""Is one proxy better than another, or did it only have the luckier sample?"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from results.ranking import kendall
from results.resampling import Statistic, complete, correlatable, draws, percentiles, varied
from results.statistics import resampled


@dataclass(frozen=True)
class Paired:
    """How much better the first score is than the second, over the `n` architectures that both have scored.

    `difference` of the statistic, first less second, with the ends of its interval; `p` is the share of resamples in
    which the first is not better.
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
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    **options: Any,
) -> Paired:
    """Paired bootstrap of `statistic(first, y) - statistic(second, y)`; both scores with higher is better.

    Every resample holds the same architectures for both, so what is easy or hard about them cancels: two intervals
    that overlap may well belong to proxies of which one is better. Rows in which one of the three is missing are
    dropped. NaN for fewer than three, or where one is constant.
    """
    a, b, target = complete(first, second, y)
    if not (correlatable(a, target) and correlatable(b, target)):
        return Paired(len(a), math.nan, math.nan, math.nan, math.nan)
    counts = varied(draws(len(a), resamples, seed), a, b, target)
    ours, theirs = (resampled(scores, target, statistic, counts, **options) for scores in (a, b))
    differences = ours - theirs
    differences = differences[np.isfinite(differences)]
    p = float((differences <= 0).mean()) if differences.size else math.nan
    difference = statistic(a, target, **options) - statistic(b, target, **options)
    return Paired(len(a), difference, *percentiles(differences, level), p)

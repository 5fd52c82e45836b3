"""Everything that a proxy's scores and the accuracies have to say about each other, with intervals."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from numpy.typing import ArrayLike, NDArray

from results.partial import partial_bootstrap, partial_spearman
from results.ranking import (
    kendall,
    kendall_together,
    spearman,
    spearman_together,
    weighted_kendall,
    weighted_kendall_together,
)
from results.resampling import (
    Array,
    Statistic,
    Together,
    complete,
    correlatable,
    draws,
    one_by_one,
    percentiles,
    values_of,
    varied,
)
from results.top import (
    ndcg_at_k,
    ndcg_together,
    precision_at_k,
    precision_together,
    top_kendall,
    top_kendall_together,
)

# The statistics of pairs that are computed for all resamples at once.
TOGETHER: dict[Callable[..., float], Together] = {
    kendall: kendall_together,
    spearman: spearman_together,
    weighted_kendall: weighted_kendall_together,
    top_kendall: top_kendall_together,
    precision_at_k: precision_together,
    ndcg_at_k: ndcg_together,
}


@dataclass(frozen=True)
class Correlation:
    """Statistics over `n` pairs of score and accuracy, each with the ends of its bootstrap interval.

    `tau`: `kendall`; `rho`: `spearman`; `weighted_tau`: `weighted_kendall`; `top_tau`: `top_kendall`; `precision`:
    `precision_at_k`; `ndcg`: `ndcg_at_k`, the last three for the best tenth; `partial_rho`: `partial_spearman`, NaN
    without covariates.
    """

    n: int
    tau: float
    tau_low: float
    tau_high: float
    rho: float
    rho_low: float
    rho_high: float
    weighted_tau: float
    weighted_tau_low: float
    weighted_tau_high: float
    top_tau: float
    top_tau_low: float
    top_tau_high: float
    precision: float
    precision_low: float
    precision_high: float
    ndcg: float
    ndcg_low: float
    ndcg_high: float
    partial_rho: float
    partial_rho_low: float
    partial_rho_high: float


# The fields of `Correlation` between `n` and `partial_rho`, in their order.
STATISTICS: dict[str, Statistic] = {
    "tau": kendall,
    "rho": spearman,
    "weighted_tau": weighted_kendall,
    "top_tau": top_kendall,
    "precision": precision_at_k,
    "ndcg": ndcg_at_k,
}


def bootstrap(
    x: ArrayLike,
    y: ArrayLike,
    statistic: Statistic,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    **options: Any,
) -> tuple[float, float]:
    """Percentile bootstrap interval of `statistic(x, y, **options)`, resampling pairs.

    Resamples in which a variable is constant are dropped; (NaN, NaN) where none is left. Equal arguments give an equal
    interval, in whatever order the pairs come. The statistics of this package are computed for all resamples at once,
    any other one by one.
    """
    x, y = complete(x, y)
    if not correlatable(x, y):
        return math.nan, math.nan
    counts = varied(draws(len(x), resamples, seed), x, y)
    return percentiles(resampled(x, y, statistic, counts, **options), level)


def resampled(x: Array, y: Array, statistic: Statistic, counts: NDArray[Any], **options: Any) -> Array:
    """`statistic` on every resample of complete pairs; `counts` (R, n) as in `results.resampling`."""
    return values_of(TOGETHER.get(statistic) or one_by_one(statistic), x, y, counts, **options)


def correlate(
    x: ArrayLike,
    y: ArrayLike,
    covariates: ArrayLike | None = None,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> Correlation:
    """All statistics of x (scores, higher is better) and y (accuracies), with their bootstrap intervals at `level`.

    `covariates`, (n,) or (n, m), are what `partial_rho` takes out of both, usually parameters and multiply-adds; pairs
    without them count for the other statistics only. About half a second for 500 pairs and 1000 resamples; the time
    grows with the square of the pairs.
    """
    found: list[float] = []
    a, b = complete(x, y)
    enough = correlatable(a, b)
    counts = varied(draws(len(a), resamples, seed), a, b) if enough else None
    for statistic in STATISTICS.values():
        found.append(statistic(a, b))
        found += percentiles(resampled(a, b, statistic, counts), level) if counts is not None else (math.nan, math.nan)
    if covariates is None:
        found += [math.nan] * 3
    else:
        found.append(partial_spearman(x, y, covariates))
        found += partial_bootstrap(x, y, covariates, resamples, seed, level)
    return Correlation(len(a), *found)

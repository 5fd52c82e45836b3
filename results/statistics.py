"""Rank correlation with bootstrap intervals, and the interval of a mean.

Pairs with a missing or infinite value are dropped; fewer than three pairs, or a constant variable, give NaN.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Array = NDArray[np.float64]
Statistic = Callable[[ArrayLike, ArrayLike], float]

MATRIX_LIMIT = 2000  # pairs up to which the bootstrap compares all with all: three such matrices take 100 MB


@dataclass(frozen=True)
class Correlation:
    """Kendall's tau-b and Spearman's rho over `n` pairs, each with the ends of its bootstrap interval."""

    n: int
    tau: float
    tau_low: float
    tau_high: float
    rho: float
    rho_low: float
    rho_high: float


def kendall(x: ArrayLike, y: ArrayLike) -> float:
    """Kendall's tau-b: concordant minus discordant pairs over the geometric mean of the pairs not tied in x, in y."""
    x, y = _pairs(x, y)
    return float(stats.kendalltau(x, y, variant="b").statistic) if _correlatable(x, y) else math.nan


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman's rho: Pearson's correlation of the ranks, tied values sharing their mean rank."""
    x, y = _pairs(x, y)
    return float(stats.spearmanr(x, y).statistic) if _correlatable(x, y) else math.nan


def bootstrap(
    x: ArrayLike,
    y: ArrayLike,
    statistic: Statistic,
    resamples: int = 1000,
    seed: int = 0,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile bootstrap interval of `statistic(x, y)`, resampling pairs.

    Resamples in which a variable is constant are dropped; (NaN, NaN) where none is left. Equal arguments give an equal
    interval. `kendall` and `spearman` are computed for all resamples at once, any other statistic one by one.
    """
    x, y = _pairs(x, y)
    if not _correlatable(x, y):
        return math.nan, math.nan
    # A resample is how often each pair was drawn, which is all a statistic of unordered pairs depends on.
    counts = np.random.default_rng(seed).multinomial(len(x), np.full(len(x), 1 / len(x)), size=resamples)
    together = _TOGETHER.get(statistic) if len(x) <= MATRIX_LIMIT else None
    if together:
        values = together(x, y, counts.astype(np.float64))
    else:
        values = np.array([statistic(np.repeat(x, count), np.repeat(y, count)) for count in counts])
    values = values[np.isfinite(values)]
    if values.size == 0:
        return math.nan, math.nan
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def correlate(x: ArrayLike, y: ArrayLike, resamples: int = 1000, seed: int = 0, level: float = 0.95) -> Correlation:
    """Both rank correlations of x and y with their bootstrap intervals at `level`."""
    x, y = _pairs(x, y)
    tau_low, tau_high = bootstrap(x, y, kendall, resamples, seed, level)
    rho_low, rho_high = bootstrap(x, y, spearman, resamples, seed, level)
    return Correlation(len(x), kendall(x, y), tau_low, tau_high, spearman(x, y), rho_low, rho_high)


def mean_intervals(groups: Sequence[ArrayLike], level: float = 0.95) -> list[tuple[float, float, int]]:
    """Mean, half width of its Student t interval at `level`, and n of each group, over the values present.

    The standard deviation is pooled over the groups, ν = Σ (n − 1) degrees of freedom: of two seeds alone it is hardly
    known (t = 12.7 for ν = 1), of two seeds of twelve proxies well. One group gives its own interval. The half width is
    NaN where no group has two values, the mean where its group has none.
    """
    kept = [np.asarray(values, dtype=np.float64) for values in groups]
    kept = [values[np.isfinite(values)] for values in kept]
    freedom = sum(max(0, values.size - 1) for values in kept)
    squares = math.fsum(float(((values - values.mean()) ** 2).sum()) for values in kept if values.size)
    deviation = math.sqrt(squares / freedom) * stats.t.ppf((1 + level) / 2, freedom) if freedom else math.nan
    return [
        (float(values.mean()), float(deviation / math.sqrt(values.size)), values.size)
        if values.size
        else (math.nan, math.nan, 0)
        for values in kept
    ]


def _pairs(x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    a, b = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    if a.ndim != 1 or a.shape != b.shape:
        raise ValueError(f"x and y must be vectors of one length, not {a.shape} and {b.shape}")
    present = np.isfinite(a) & np.isfinite(b)
    a, b = a[present], b[present]
    # In one order, so that a resampling does not depend on the order in which rows were measured.
    order = np.lexsort((b, a))
    return a[order], b[order]


def _correlatable(x: Array, y: Array) -> bool:
    return len(x) >= 3 and x.min() < x.max() and y.min() < y.max()


def _signs(x: Array) -> Array:
    """Element (i, j): 1 where x[i] > x[j], -1 where it is smaller, 0 for a tie."""
    rows, columns = x[:, None], x[None, :]
    return (rows > columns).astype(np.float64) - (rows < columns)


def _kendall_together(x: Array, y: Array, counts: Array) -> Array:
    """Tau-b of every resample: a pair of points weighs the product of the points' counts."""

    def total(matrix: Array) -> Array:
        return np.asarray(((counts @ matrix) * counts).sum(axis=1))

    signs_x, signs_y = _signs(x), _signs(y)
    with np.errstate(invalid="ignore"):
        return total(signs_x * signs_y) / np.sqrt(total(np.abs(signs_x)) * total(np.abs(signs_y)))


def _spearman_together(x: Array, y: Array, counts: Array) -> Array:
    """Rho of every resample: a mean rank counts the points below and half of those level."""

    def centred(values: Array) -> Array:
        ranks = counts @ (1 - _signs(values)) / 2
        return np.asarray(ranks - (counts * ranks).sum(axis=1, keepdims=True) / len(values))

    rank_x, rank_y = centred(x), centred(y)
    spread = (counts * rank_x**2).sum(axis=1) * (counts * rank_y**2).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.asarray((counts * rank_x * rank_y).sum(axis=1) / np.sqrt(spread))


_TOGETHER: dict[Statistic, Callable[[Array, Array, Array], Array]] = {
    kendall: _kendall_together,
    spearman: _spearman_together,
}

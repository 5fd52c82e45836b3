"""The bootstrap: rows are drawn with replacement, and statistics computed for all resamples at once.

A resample is how often each row was drawn, which is all that a statistic of unordered rows depends on. So R resamples
of n rows are one matrix `counts` (R, n), and a statistic written for such a matrix needs no loop over resamples. A row
of ones is the data itself: a statistic has one formula, for its value and its interval.
"""

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Statistic = Callable[..., float]  # of x and y, vectors of one length, and perhaps options by keyword
Together = Callable[..., Array]  # of x and y (n,) and counts (R, n): the R values

RESAMPLES = 10_000
BLOCK = 200_000  # elements of `counts` worked on at once: 1.6 MB a matrix, which a processor's cache holds
PAIRS_BLOCK = 4_000_000  # the same for statistics that begin by comparing all pairs, once for each block


def complete(*columns: ArrayLike) -> list[Array]:
    """The columns without the rows in which one of them is missing or infinite.

    In one order, by the first column, then the second, and so on, so that a resampling does not depend on the order in
    which rows were measured.

    Raises:
        ValueError: the columns are not vectors of one length.
    """
    vectors = [np.asarray(column, dtype=np.float64) for column in columns]
    if vectors[0].ndim != 1 or any(vector.shape != vectors[0].shape for vector in vectors):
        raise ValueError(f"need vectors of one length, not shapes {', '.join(str(v.shape) for v in vectors)}")
    present = np.logical_and.reduce([np.isfinite(vector) for vector in vectors])
    kept = [vector[present] for vector in vectors]
    order = np.lexsort(kept[::-1])
    return [vector[order] for vector in kept]


def correlatable(x: Array, y: Array) -> bool:
    """Whether there are three pairs at least, and neither variable is constant."""
    return len(x) >= 3 and bool(x.min() < x.max() and y.min() < y.max())


@lru_cache(maxsize=2)  # all proxies and data sets of a study have the same sample, but of some a few scores failed
def draws(rows: int, resamples: int, seed: int) -> NDArray[np.int64]:
    """How often each of `rows` rows is in each resample, (resamples, rows), to be read only.

    Equal arguments give equal draws.
    """
    counts = np.random.default_rng(seed).multinomial(rows, np.full(rows, 1 / rows), size=resamples)
    counts.setflags(write=False)
    return counts


def varied(counts: NDArray[np.int64], *columns: Array) -> NDArray[np.int64]:
    """The resamples in which no column is constant: nothing can be correlated in the others."""
    for column in columns:
        kept = varying(counts, column)
        counts = counts if kept.all() else counts[kept]
    return counts


def varying(counts: NDArray[np.int64], column: Array) -> NDArray[np.bool_]:
    """For each resample, whether `column` has two values in it. Drawn rows must not be NaN."""
    drawn = counts > 0
    first = column[drawn.argmax(axis=1)] if column.size else np.zeros(len(counts))
    return np.asarray((drawn & (column != first[:, None])).any(axis=1))


def value_of(together: Together, x: ArrayLike, y: ArrayLike, **options: object) -> float:
    """The statistic on the data itself; NaN for fewer than three pairs or a constant variable."""
    a, b = complete(x, y)
    return float(together(a, b, np.ones((1, len(a))), **options)[0]) if correlatable(a, b) else math.nan


def values_of(
    together: Together, x: Array, y: Array, counts: NDArray[np.int64], block: int = 0, **options: object
) -> Array:
    """The statistic on every resample of the pairs x, y; `block` elements of `counts` at a time, by default `BLOCK`."""
    blocks = np.array_split(counts, max(1, math.ceil(counts.size / (block or BLOCK))))
    return np.concatenate([together(x, y, block.astype(np.float64), **options) for block in blocks])


def one_by_one(statistic: Statistic) -> Together:
    """`statistic`, which knows nothing of counts, on every resample: slow, and right by construction."""

    def together(x: Array, y: Array, counts: Array, **options: object) -> Array:
        drawn = counts.astype(np.int64)
        return np.array([statistic(np.repeat(x, count), np.repeat(y, count), **options) for count in drawn])

    return together


def percentiles(values: Array, level: float) -> tuple[float, float]:
    """Ends of the central share `level` of the finite values; (NaN, NaN) where there is none."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return math.nan, math.nan
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def levels(values: Array, counts: Array) -> tuple[Array, Array]:
    """How many draws lie below each value, and how many are level with it: two matrices like `counts`."""
    order = np.argsort(values, kind="stable")
    distinct, starts, place = np.unique(values[order], return_index=True, return_inverse=True)
    if len(distinct) == len(values):
        below = np.empty_like(counts)
        below[:, order] = counts[:, order].cumsum(axis=1)
        below -= counts
        return below, counts
    totals = np.add.reduceat(counts[:, order], starts, axis=1) if len(distinct) else counts
    groups = np.empty_like(order)
    groups[order] = place
    return (totals.cumsum(axis=1) - totals)[:, groups], totals[:, groups]


def mean_ranks(values: Array, counts: Array) -> Array:
    """Rank of each value in each resample, from 1 for the lowest; draws of the same value share their mean rank."""
    below, level = levels(values, counts)
    return below + (level + 1) / 2

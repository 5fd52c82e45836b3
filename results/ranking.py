"""Rank correlation of two variables over all pairs: Kendall's tau-b, weighted tau, Spearman's rho.

Each is a function of two vectors, and its twin for many resamples at a time (see `results.resampling`). Pairs with a
missing or infinite value are dropped; fewer than three pairs, or a constant variable, give NaN.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .resampling import Array, complete, correlatable, mean_ranks, value_of

BLOCK = 500  # pairs that are compared with all others at a time: 15,625 pairs then take 31 MB a matrix


def kendall(x: ArrayLike, y: ArrayLike) -> float:
    """Kendall's tau-b: concordant minus discordant pairs over the geometric mean of the pairs not tied in x, in y."""
    from scipy.stats import kendalltau  # at first use: half a second's import that a search does without

    a, b = complete(x, y)
    return float(kendalltau(a, b, variant="b").statistic) if correlatable(a, b) else math.nan


def weighted_kendall(x: ArrayLike, y: ArrayLike) -> float:
    """Kendall's tau in which the best count most: a pair weighs 1/r + 1/s, r and s being its places from the top.

    The mean of the two taus with places by x and by y (ties: by the other). Vigna 2015, "A weighted correlation index
    for rankings with ties".
    """
    from scipy.stats import weightedtau

    a, b = complete(x, y)
    return float(weightedtau(a, b).statistic) if correlatable(a, b) else math.nan


def spearman(x: ArrayLike, y: ArrayLike) -> float:
    """Spearman's rho: Pearson's correlation of the ranks, tied values sharing their mean rank."""
    return value_of(spearman_together, x, y)


def kendall_together(x: Array, y: Array, counts: Array) -> Array:
    """Tau-b of every resample: a pair of points weighs the product of the points' counts."""
    few = counts.astype(np.float32)  # twice as fast, and exact: sums of integers below 2**24
    both = np.zeros(len(counts))
    for start in range(0, len(x), BLOCK):
        here = slice(start, start + BLOCK)
        compared = signs(x, x[here]) * signs(y, y[here])
        both += ((few @ compared) * few[:, here]).sum(axis=1, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(both / np.sqrt(untied(x, few) * untied(y, few)))


def untied(values: Array, counts: NDArray[Any]) -> Array:
    """How many pairs of draws differ in `values`, in every resample, each pair counted twice."""
    order = np.argsort(values, kind="stable")
    distinct, starts = np.unique(values[order], return_index=True)
    alike = counts if len(distinct) == len(values) else np.add.reduceat(counts[:, order], starts, axis=1)
    return np.asarray(counts.sum(axis=1, dtype=np.float64) ** 2 - np.square(alike).sum(axis=1, dtype=np.float64))


def weighted_kendall_together(x: Array, y: Array, counts: Array) -> Array:
    """Weighted tau of every resample.

    The copies of a point take successive places, so together they weigh a stretch of the harmonic series; as weights
    of a pair add up, all pairs of two points weigh (weight of one) x (count of the other) + the reverse.
    """
    compared = _compared(x, y, counts)
    taus = []
    for weights in (_weights(x, y, counts), _weights(y, x, counts)):
        both, of_x, of_y = ((weights * part).sum(axis=1) for part in compared)
        with np.errstate(invalid="ignore", divide="ignore"):
            taus.append(both / np.sqrt(of_x * of_y))
    return np.asarray((taus[0] + taus[1]) / 2)


def spearman_together(x: Array, y: Array, counts: Array) -> Array:
    """Rho of every resample."""
    ranks_x, ranks_y = centred_ranks(x, counts), centred_ranks(y, counts)
    spread = (counts * ranks_x**2).sum(axis=1) * (counts * ranks_y**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((counts * ranks_x * ranks_y).sum(axis=1) / np.sqrt(spread))


def centred_ranks(values: Array, counts: Array) -> Array:
    """Mean ranks within each resample, less their mean."""
    return mean_ranks(values, counts) - (counts.sum(axis=1, keepdims=True) + 1) / 2


def _compared(x: Array, y: Array, counts: Array) -> Array:
    """Each point against all draws: concordant less discordant, not tied in x, not tied in y; (3, R, n)."""
    few = counts.astype(np.float32)  # twice as fast, and exact: sums of integers below 2**24
    found = np.empty((3, *counts.shape))
    for start in range(0, len(x), BLOCK):
        here = slice(start, start + BLOCK)
        of_x, of_y = signs(x, x[here]), signs(y, y[here])
        for place, part in enumerate((of_x * of_y, np.abs(of_x), np.abs(of_y))):
            found[place, :, here] = few @ part
    return found


def signs(all_values: Array, some: Array) -> NDArray[np.float32]:
    """Element (i, j): 1 where all_values[i] > some[j], -1 where it is smaller, 0 for a tie."""
    rows, columns = all_values[:, None], some[None, :]
    return (rows > columns).astype(np.float32) - (rows < columns).astype(np.float32)


def _weights(first: Array, second: Array, counts: Array) -> Array:
    """Sum of 1 / place over the copies of each point, places from the highest `first` down, ties by `second`."""
    order = np.lexsort((second, first))[::-1]
    here = counts[:, order].astype(np.int64)
    ends = here.cumsum(axis=1)
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, ends.max(initial=0) + 1))])
    weights = np.empty_like(counts)
    weights[:, order] = harmonic[ends] - harmonic[ends - here]
    return weights

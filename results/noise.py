"""How much of a score or an accuracy is the architecture, and how much the seed it was measured under."""

import math

import numpy as np
from numpy.typing import ArrayLike

from .resampling import Array, draws, mean_ranks, percentiles


def intraclass(values: ArrayLike, raw: bool = False) -> float:
    """Intraclass correlation ICC(1,1) of `values` (architectures, seeds): one-way random effects, single score.

    The share of a score's variance that lies between architectures: 1 where seeds change nothing, about 0 where the
    score is noise (below 0 if an architecture's scores differ more than those of different ones). Computed on the ranks
    of all values together, so that heavy tails do not decide, or on the `raw` values, as for accuracies. Missing or
    infinite values are left out, then rows with fewer than two; groups of unequal size use their effective size. NaN
    for fewer than three rows or equal values. Shrout and Fleiss 1979.
    """
    flat, sizes = _groups(values)
    return float(_together(flat, sizes, np.ones((1, len(sizes))), raw)[0]) if len(sizes) >= 3 else math.nan


def intraclass_bootstrap(
    values: ArrayLike, resamples: int = 1000, seed: int = 0, level: float = 0.95, raw: bool = False
) -> tuple[float, float]:
    """Percentile bootstrap interval of `intraclass`, resampling architectures with all their scores."""
    flat, sizes = _groups(values)
    if len(sizes) < 3:
        return math.nan, math.nan
    return percentiles(_together(flat, sizes, draws(len(sizes), resamples, seed).astype(np.float64), raw), level)


def _groups(values: ArrayLike) -> tuple[Array, np.ndarray]:
    """The values present of rows with two or more, end to end, and how many each row has; in one order."""
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != 2:
        raise ValueError(f"values must be (architectures, seeds), not {table.shape}")
    table = np.sort(np.where(np.isfinite(table), table, math.nan), axis=1)  # missing last: seeds have no order
    table = table[np.isfinite(table).sum(axis=1) >= 2]
    table = table[np.lexsort(table.T[::-1])] if table.size else table
    present = np.isfinite(table)
    return table[present], present.sum(axis=1)


def _together(flat: Array, sizes: np.ndarray, counts: Array, raw: bool) -> Array:
    """ICC of every resample of groups; `sizes` values of `flat` are a group."""
    ranks = flat[None, :] if raw else mean_ranks(flat, np.repeat(counts, sizes, axis=1))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    means = np.add.reduceat(ranks, starts, axis=1) / sizes
    deviations = np.add.reduceat((ranks - np.repeat(means, sizes, axis=1)) ** 2, starts, axis=1)
    groups, total = counts.sum(axis=1), counts @ sizes
    grand = (counts * sizes * means).sum(axis=1) / total
    between = (counts * sizes * (means - grand[:, None]) ** 2).sum(axis=1) / (groups - 1)
    within = (counts * deviations).sum(axis=1) / (total - groups)
    size = (total - counts @ sizes**2 / total) / (groups - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((between - within) / (between + (size - 1) * within))

"""How far accuracies of one training can be ordered at all, and what their noise does to a correlation with them.

The Gaussian model: a score and the architectures' own accuracies are jointly normal, and a measured accuracy is the
architecture's own plus noise of its training. Reliability is the first's share of the variance: the ICC of raw
accuracies (`results.noise`). A Pearson correlation r is tau = 2/π·asin(r), and noise takes the factor √reliability off
r. So two trainings agree with tau = 2/π·asin(reliability), and a score that knows the architectures' own accuracies
reaches 2/π·asin(√reliability), which is more: only one of its two sides is noisy.
"""

import math
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from .ranking import kendall_together
from .resampling import Array, correlatable, draws, percentiles


def seed_deviation(values: ArrayLike) -> float:
    """Standard deviation of `values` (architectures, seeds) over seeds, pooled over architectures."""
    rows = [row[np.isfinite(row)] for row in np.asarray(values, dtype=np.float64)]
    squares = math.fsum(float(((row - row.mean()) ** 2).sum()) for row in rows if row.size)
    freedom = sum(max(0, row.size - 1) for row in rows)
    return math.sqrt(squares / freedom) if freedom else math.nan


def seeds_tau(values: ArrayLike) -> float:
    """Kendall's tau-b between two seeds of `values` (architectures, seeds), the mean over pairs of seeds.

    A pair of seeds counts the architectures that have both. NaN where no pair has three that vary.
    """
    table = np.asarray(values, dtype=np.float64)
    return float(_taus(table, np.ones((1, len(table))))[0])


def seeds_tau_bootstrap(
    values: ArrayLike, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of `seeds_tau`, resampling architectures with all their values."""
    table = np.asarray(values, dtype=np.float64)
    if not table.size:
        return math.nan, math.nan
    table = table[np.lexsort(table.T[::-1])]  # no order of the rows may matter
    return percentiles(_taus(table, draws(len(table), resamples, seed).astype(np.float64)), level)


def perfect_tau(reliability: float) -> float:
    """The tau that the architectures' own accuracies would reach against noisy ones, in the Gaussian model.

    2/π·asin(√reliability). It is above the tau between two trainings, 2/π·asin(reliability): there both are noisy.
    """
    return float(2 / math.pi * np.arcsin(np.sqrt(np.clip(reliability, 0, 1))))


def corrected_tau(tau: float, reliability: float) -> float:
    """The `tau` that a score would reach if the accuracies had no noise, in the Gaussian model.

    2/π·asin(sin(π/2·tau) / √reliability), which is the classical correction for attenuation of the Pearson correlation
    that belongs to tau; at most 1 in size. NaN where the reliability is unknown or not above 0. Spearman 1904.
    """
    if not reliability > 0:
        return math.nan
    return 2 / math.pi * math.asin(float(np.clip(math.sin(math.pi / 2 * tau) / math.sqrt(reliability), -1, 1)))


def reliability_of_mean(reliability: float, count: int) -> float:
    """Reliability of the mean of `count` measurements, of which one has `reliability`: Spearman and Brown 1910."""
    return count * reliability / (1 + (count - 1) * reliability)


def _taus(table: Array, counts: Array) -> Array:
    """`seeds_tau` of every resample of the rows."""
    found = []
    for first, second in combinations(np.where(np.isfinite(table), table, math.nan).T, 2):
        both = np.isfinite(first) & np.isfinite(second)
        if correlatable(first[both], second[both]):
            found.append(kendall_together(first[both], second[both], counts[:, both]))
    return np.mean(found, axis=0) if found else np.full(len(counts), math.nan)

"""Does a score know more about accuracy than size does? Rank correlation with the size taken out of both."""

import math

import numpy as np
from numpy.typing import ArrayLike

from .ranking import centred_ranks
from .resampling import (
    BLOCK,
    RESAMPLES,
    Array,
    complete,
    correlatable,
    draws,
    percentiles,
    values_of,
    varied,
)

UNEXPLAINED = 1e-3  # share of the ranks' variance below which a variable counts as a function of the covariates


def partial_spearman(x: ArrayLike, y: ArrayLike, covariates: ArrayLike) -> float:
    """Spearman's rho of x and y given `covariates` (n,) or (n, m).

    All variables become mean ranks; those of the covariates are regressed out of those of x and y, and what is left is
    correlated. Covariates may be collinear or constant. Incomplete rows are dropped. NaN for fewer than m + 3 rows, for
    a constant x or y, and where the covariates leave less than 0.1 % of the variance of x or y: what remains of a
    score that only counts parameters is noise.
    """
    columns = _columns(x, y, covariates)
    return float(_together(columns, np.ones((1, len(columns[0]))))[0]) if _enough(columns) else math.nan


def partial_bootstrap(
    x: ArrayLike, y: ArrayLike, covariates: ArrayLike, resamples: int = RESAMPLES, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of `partial_spearman`, resampling rows; see `results.bootstrap`."""
    columns = _columns(x, y, covariates)
    if not _enough(columns) or math.isnan(_together(columns, np.ones((1, len(columns[0]))))[0]):
        return math.nan, math.nan  # also where only some resamples have a value: they would be an interval of nothing
    counts = varied(draws(len(columns[0]), resamples, seed), *columns[:2])
    values = values_of(partial_together, columns[0], columns[1], counts, covariates=np.column_stack(columns[2:]))
    return percentiles(values, level)


def partial_together(x: Array, y: Array, counts: Array, covariates: Array) -> Array:
    """`partial_spearman` of every resample of complete rows."""
    columns = [x, y, *covariates.reshape(len(x), -1).T]
    # In smaller blocks than others: for each resample, the ranks of every column are held.
    blocks = np.array_split(counts, max(1, math.ceil(counts.size * len(columns) / BLOCK)))
    return np.concatenate([_together(columns, block) for block in blocks])


def _columns(x: ArrayLike, y: ArrayLike, covariates: ArrayLike) -> list[Array]:
    given = np.asarray(covariates, dtype=np.float64)
    return complete(x, y, *(given.reshape(len(given), -1).T if given.size else ()))


def _enough(columns: list[Array]) -> bool:
    return len(columns[0]) > len(columns) and correlatable(columns[0], columns[1])


def _together(columns: list[Array], counts: Array) -> Array:
    """The partial correlation of the first two columns given the others, for every resample."""
    ranks = np.stack([centred_ranks(column, counts) for column in columns], axis=1)  # (R, columns, n)
    moments = (ranks * counts[:, None, :]) @ ranks.transpose(0, 2, 1)
    spread = np.sqrt(np.diagonal(moments, axis1=1, axis2=2))
    scale = np.where(spread > 0, spread, 1)  # a constant correlates with nothing
    related = moments / scale[:, :, None] / scale[:, None, :]
    own, across, among = related[:, :2, :2], related[:, :2, 2:], related[:, 2:, 2:]
    # Pseudo-inverse: parameters and MACs may rank the sample alike.
    left = own - across @ np.linalg.pinv(among, rcond=1e-9, hermitian=True) @ across.transpose(0, 2, 1)
    left_x, left_y = left[:, 0, 0], left[:, 1, 1]
    known = (left_x > UNEXPLAINED) & (left_y > UNEXPLAINED)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(known, left[:, 0, 1] / np.sqrt(left_x * left_y), math.nan)

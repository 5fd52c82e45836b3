"""Does a score order architectures of equal size? Rank correlation over pairs that are alike in size only.

A proxy that counts parameters orders a sample whose accuracy rises with size, and yet may order networks of one size
at random, or the wrong way round. Here only pairs of (about) one size are compared.
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .ranking import centred_ranks, signs
from .resampling import Array, complete, correlatable, levels

GROUPS = 10
RATIO = 1.1  # the larger of two sizes is at most this many times the smaller, if the two count as equal
BLOCK = 100  # architectures, in order of size, that are compared at a time with all of about their size


class Pairs(NamedTuple):
    """Pairs of a row in `first` with a row in `second`: all, or those for which `alike` (first, second) is 1."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    alike: NDArray[np.float32] | None = None


def deciles(sizes: ArrayLike) -> Array:
    """The tenth of the sample to which each size belongs, 0 for the smallest to 9; equal sizes belong to one tenth.

    NaN where the size is missing.
    """
    values = np.asarray(sizes, dtype=np.float64)
    known = np.isfinite(values)
    found = np.full(values.shape, math.nan)
    if known.any():
        below = levels(values[known], np.ones((1, int(known.sum()))))[0][0]
        found[known] = np.floor(GROUPS * below / known.sum())
    return found


def kendall_within(x: ArrayLike, y: ArrayLike, classes: ArrayLike) -> float:
    """Kendall's tau-b over the pairs of one class: (C - D) / sqrt(T_x T_y).

    C and D are the concordant and discordant pairs within classes, T_x and T_y those that are not tied in x, in y; the
    pairs of all classes are counted together. `classes` (n,) are numbers. Incomplete rows are dropped; NaN where no
    class has a pair that differs in x, and one in y.
    """
    a, b, groups = complete(x, y, classes)
    one = np.ones((1, len(a)))
    return float(kendall_within_together(a, b, one, groups)[0]) if correlatable(a, b) else math.nan


def kendall_alike(x: ArrayLike, y: ArrayLike, sizes: ArrayLike, ratio: float = RATIO) -> float:
    """Kendall's tau-b, as in `kendall_within`, over the pairs of which the larger size is at most `ratio` the smaller.

    `sizes` (n,) are positive. Each architecture has its own neighbours, so these pairs make no classes.
    """
    a, b, known = complete(x, y, sizes)
    one = np.ones((1, len(a)))
    return float(kendall_alike_together(a, b, one, known, ratio)[0]) if correlatable(a, b) else math.nan


def spearman_within(x: ArrayLike, y: ArrayLike, classes: ArrayLike) -> float:
    """Spearman's rho within classes: sum(r_x r_y) / sqrt(sum(r_x^2) sum(r_y^2)), the sums over all classes.

    r_x and r_y are the mean ranks of x and y within their class, less the class's mean rank, divided by the size of the
    class: a class counts by its size. With one class it is Spearman's rho. Incomplete rows are dropped; NaN where x or
    y is constant within every class.
    """
    a, b, groups = complete(x, y, classes)
    one = np.ones((1, len(a)))
    return float(spearman_within_together(a, b, one, groups)[0]) if correlatable(a, b) else math.nan


def kendall_within_together(x: Array, y: Array, counts: Array, classes: Array) -> Array:
    """`kendall_within` of every resample; the classes are those of the sample."""
    members = [np.flatnonzero(classes == name) for name in np.unique(classes)]
    return _pooled(x, y, counts, (Pairs(rows, rows) for rows in members))


def kendall_alike_together(x: Array, y: Array, counts: Array, sizes: Array, ratio: float = RATIO) -> Array:
    """`kendall_alike` of every resample."""
    return _pooled(x, y, counts, _alike(sizes, ratio))


def spearman_within_together(x: Array, y: Array, counts: Array, classes: Array) -> Array:
    """`spearman_within` of every resample."""
    both, of_x, of_y = np.zeros((3, len(counts)))
    for name in np.unique(classes):
        rows = classes == name
        here = counts[:, rows]
        share = np.maximum(here.sum(axis=1, keepdims=True), 1)
        ranks_x, ranks_y = (centred_ranks(values[rows], here) / share for values in (x, y))
        both += (here * ranks_x * ranks_y).sum(axis=1)
        of_x += (here * ranks_x**2).sum(axis=1)
        of_y += (here * ranks_y**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(both / np.sqrt(of_x * of_y))


def _alike(sizes: Array, ratio: float) -> Iterator[Pairs]:
    """Pairs of about equal size: in order of size, what may be alike lies side by side."""
    order = np.argsort(sizes, kind="stable")
    ordered = sizes[order]
    for start in range(0, len(order), BLOCK):
        here = ordered[start : start + BLOCK]
        first = np.searchsorted(ordered * ratio, here[0], side="left")
        last = np.searchsorted(ordered, here[-1] * ratio, side="right")
        around = ordered[first:last]
        larger, smaller = np.maximum(around[:, None], here), np.minimum(around[:, None], here)
        alike = (larger <= ratio * smaller).astype(np.float32)
        yield Pairs(order[first:last], order[start : start + BLOCK], alike)


def _pooled(x: Array, y: Array, counts: Array, pairs: Iterator[Pairs]) -> Array:
    """Tau-b of every resample over all of `pairs`; a pair of points weighs the product of the points' counts."""
    few: NDArray[Any] = counts.astype(np.float32)  # exact: see `results.ranking.kendall_together`
    found = np.zeros((3, len(counts)))
    for first, second, alike in pairs:
        signs_x, signs_y = (signs(values[first], values[second]) for values in (x, y))
        rows, columns = few[:, first], few[:, second]
        for place, part in enumerate((signs_x * signs_y, np.abs(signs_x), np.abs(signs_y))):
            weights = part if alike is None else part * alike
            found[place] += ((rows @ weights) * columns).sum(axis=1, dtype=np.float64)
    both, of_x, of_y = found
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(both / np.sqrt(of_x * of_y))

"""How well a score finds the best: what a search needs of it, whatever it does to the rest.

The best are the `fraction` of the pairs highest in y (accuracy) or x (score). As everywhere, incomplete pairs are
dropped; fewer than three pairs, or a constant variable, give NaN.
"""

import numpy as np
from numpy.typing import ArrayLike

from .ranking import kendall_together
from .resampling import Array, levels, value_of

FRACTION = 0.1
LEAST = 10  # architectures that `top_kendall` orders at least: over fewer, a tau says nothing


def top_kendall(x: ArrayLike, y: ArrayLike, fraction: float = FRACTION) -> float:
    """Kendall's tau-b over the `fraction` of pairs highest in y, over ten of them at least (or all there are).

    Pairs level in y with the last of these belong to them too.
    """
    return value_of(top_kendall_together, x, y, fraction=fraction)


def precision_at_k(x: ArrayLike, y: ArrayLike, fraction: float = FRACTION) -> float:
    """Share of the k pairs highest in x that are among the k highest in y; k is `fraction` of them, one at least.

    Where ties leave open which are the k highest, the expected share when each ranking breaks them at random.
    """
    return value_of(precision_together, x, y, fraction=fraction)


def ndcg_at_k(x: ArrayLike, y: ArrayLike, fraction: float = FRACTION) -> float:
    """Normalised discounted cumulative gain of the k pairs highest in x; k is `fraction` of them, one at least.

    The gain of a pair is the percentile of its rank in y, 0 for the lowest and 1 for the highest (ties share their mean
    rank), its discount 1 / log2(1 + place); the sum is divided by that of the best order. So the scale of y does not
    matter, and chance is near 0.5 / (1 - fraction / 2) whatever the sample: 0.53 for a tenth. Pairs tied in x share
    their mean gain. Järvelin and Kekäläinen 2002, with linear gain; ties as McSherry and Najork 2008.
    """
    return value_of(ndcg_together, x, y, fraction=fraction)


def top_kendall_together(x: Array, y: Array, counts: Array, fraction: float = FRACTION) -> Array:
    """`top_kendall` of every resample, each with its own best."""
    size = min(len(x), max(LEAST, share_of(len(x), fraction)))
    best = counts * (places(y, counts)[0] < size)
    near = best.any(axis=0)  # the others are among the best of no resample
    return kendall_together(x[near], y[near], best[:, near])


def precision_together(x: Array, y: Array, counts: Array, fraction: float = FRACTION) -> Array:
    """`precision_at_k` of every resample."""
    size = share_of(len(x), fraction)
    return np.asarray((counts * chances(x, counts, size) * chances(y, counts, size)).sum(axis=1) / size)


def ndcg_together(x: Array, y: Array, counts: Array, fraction: float = FRACTION) -> Array:
    """`ndcg_at_k` of every resample, ranks being those within it."""
    size = share_of(len(x), fraction)
    below, level = levels(y, counts)
    gains = (below + (level - 1) / 2) / (counts.sum(axis=1, keepdims=True) - 1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(_gained(x, gains, counts, size) / _gained(y, gains, counts, size))


def share_of(pairs: int, fraction: float) -> int:
    """How many `fraction` of `pairs` pairs are."""
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must be in (0, 1], not {fraction}")
    return max(1, round(fraction * pairs))


def places(values: Array, counts: Array) -> tuple[Array, Array]:
    """How many draws are above each point, and how many take the places below these together with it (one at least)."""
    below, level = levels(values, counts)
    return counts.sum(axis=1, keepdims=True) - below - level, np.maximum(level, 1)


def chances(values: Array, counts: Array, size: int) -> Array:
    """Chance of each point's draws to be among the `size` highest when ties are broken at random."""
    above, level = places(values, counts)
    return np.clip((size - above) / level, 0, 1)


def _gained(values: Array, gains: Array, counts: Array, size: int) -> Array:
    """Discounted gain of the `size` highest in `values`: tied draws share the discounts of the places they take."""
    above, level = places(values, counts)
    discounts = 1 / np.log2(np.arange(2, size + 2))
    up_to = np.concatenate([[0.0], np.cumsum(discounts)])  # discounts of the first places, none after `size`
    first, last = (np.minimum(ends, size).astype(np.int64) for ends in (above, above + level))
    return np.asarray((counts * gains * (up_to[last] - up_to[first]) / level).sum(axis=1))

"""What a user gets who trains the architectures that a score ranks highest: their accuracies, mean and best.

In the unit of the accuracies. As everywhere, incomplete pairs are dropped; fewer than three pairs, or a constant
variable, give NaN. Where ties in the score leave open which are the highest, the value is the expected one when ties
are broken at random.
"""

import numpy as np
from numpy.typing import ArrayLike

from .resampling import Array, value_of
from .top import chances, places, share_of

TOP = 10
PERCENT = 0.01


def top_accuracy(x: ArrayLike, y: ArrayLike, k: int = TOP) -> float:
    """Mean of y over the k pairs highest in x, or over all if there are fewer."""
    return value_of(top_accuracy_together, x, y, k=k)


def best_of_top(x: ArrayLike, y: ArrayLike, k: int = TOP) -> float:
    """Highest y of the k pairs highest in x: the best of k trained architectures."""
    return value_of(best_of_top_together, x, y, k=k)


def top_share_accuracy(x: ArrayLike, y: ArrayLike, fraction: float = PERCENT) -> float:
    """`top_accuracy` of the `fraction` of the pairs highest in x, of one at least."""
    return value_of(top_share_accuracy_together, x, y, fraction=fraction)


def best_of_top_share(x: ArrayLike, y: ArrayLike, fraction: float = PERCENT) -> float:
    """`best_of_top` of the `fraction` of the pairs highest in x, of one at least."""
    return value_of(best_of_top_share_together, x, y, fraction=fraction)


def top_accuracy_together(x: Array, y: Array, counts: Array, k: int = TOP) -> Array:
    """`top_accuracy` of every resample."""
    chosen = counts * chances(x, counts, _at_most(k, x))
    return np.asarray(chosen @ y / chosen.sum(axis=1))


def best_of_top_together(x: Array, y: Array, counts: Array, k: int = TOP) -> Array:
    """`best_of_top` of every resample.

    Of t draws that tie for the last m places, a random m are chosen; all of them have y <= v with the chance
    C(c, m) / C(t, m), c being how many of the t have. So the best of all chosen is at most v with that chance where
    the draws above the tie are at most v, and with chance 0 elsewhere. The expectation sums over v in order.
    """
    from scipy.special import gammaln  # at first use: an import that a search does without

    size = _at_most(k, x)
    order = np.argsort(y, kind="stable")
    drawn = counts[:, order]
    above, level = (part[:, order] for part in places(x, counts))
    present = drawn > 0
    certain = present & (above + level <= size)
    tied = present & (above < size) & (above + level > size)
    seats = size - np.where(tied, above, size).min(axis=1, keepdims=True)  # m; 0 where nothing ties
    rivals = np.where(tied, level, 0).max(axis=1, keepdims=True)  # t
    so_far = np.where(tied, drawn, 0).cumsum(axis=1)  # c at each v

    def log_choose(n: Array) -> Array:
        return np.asarray(gammaln(n + 1) - gammaln(seats + 1) - gammaln(np.maximum(n - seats, 0) + 1))

    chance = np.where(so_far >= seats, np.exp(log_choose(so_far) - log_choose(rivals)), 0)
    floor = np.where(certain, y[order], -np.inf).max(axis=1, keepdims=True, initial=-np.inf)
    chance = np.where(y[order] >= floor, chance, 0)
    chance[:, -1] = 1  # nothing is above the highest y
    steps = np.diff(chance, axis=1, prepend=0)
    return np.asarray((steps * y[order]).sum(axis=1))


def top_share_accuracy_together(x: Array, y: Array, counts: Array, fraction: float = PERCENT) -> Array:
    """`top_share_accuracy` of every resample."""
    return top_accuracy_together(x, y, counts, share_of(len(x), fraction))


def best_of_top_share_together(x: Array, y: Array, counts: Array, fraction: float = PERCENT) -> Array:
    """`best_of_top_share` of every resample."""
    return best_of_top_together(x, y, counts, share_of(len(x), fraction))


def _at_most(k: int, x: Array) -> int:
    if k < 1:
        raise ValueError(f"k must be 1 or more, not {k}")
    return min(k, len(x))

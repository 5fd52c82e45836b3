"""Scores that exist only within a set: each component is ranked, and the ranks are added."""

import numpy as np
from numpy.typing import ArrayLike

from .resampling import Array, mean_ranks

RULES = ("rank_sum", "log_rank_sum")


def ranked(components: ArrayLike, rule: str) -> Array:
    """The score of each member of a set, (n,), from its `components` (n, k), of which higher is better in every one.

    `rank_sum` is the sum over components of the rank (from 1 for the lowest; ties share their mean rank),
    `log_rank_sum` that of ln(rank / n). Infinite components rank as such.

    Raises:
        ValueError: an unknown rule, a NaN, or components that are no (n, k).
    """
    table = np.asarray(components, dtype=np.float64)
    if rule not in RULES:
        raise ValueError(f"unknown rule {rule!r}: choose {' or '.join(RULES)}")
    if table.ndim != 2:
        raise ValueError(f"components must be (architectures, components), not {table.shape}")
    if np.isnan(table).any():
        raise ValueError("a component is NaN: it has no rank")
    one = np.ones((1, len(table)))
    ranks = np.column_stack([mean_ranks(column, one)[0] for column in table.T]) if table.size else table
    if rule == "rank_sum":
        return np.asarray(ranks.sum(axis=1))
    # The logarithm of the product, which keeps equal values equal where a sum of logarithms would round them apart.
    return np.asarray(np.log(ranks.prod(axis=1)) - ranks.shape[1] * np.log(max(1, len(table))))

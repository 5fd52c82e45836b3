"""Class-balanced subsets that are the same each time: the split of the digits, and the first N images of a set."""

import numpy as np

SUBSET_SEED = 0  # fixed: a subset of N images is the same in every study


def balanced_order(labels: np.ndarray) -> np.ndarray:
    """Order the indices of `labels` (N,) such that the first k, for any k, hold all classes equally often.

    Once a class has no images left, the others go on. Within a class the order is random.
    """
    # NumPy guarantees that this stream never changes.
    shuffled = np.random.RandomState(SUBSET_SEED).permutation(len(labels))
    rank = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        rank[members] = np.arange(len(members))
    return np.lexsort((labels, rank))


def subset(labels: np.ndarray, limit: int | None) -> np.ndarray:
    """Ascending indices of a balanced subset of at most `limit` images (None: all).

    A smaller subset is part of each larger one.
    """
    return np.sort(balanced_order(labels)[:limit])

"""Class-balanced draws that are the same each time: the digits' split, and the first N images of a data set."""

import numpy as np

SEED = 0  # fixed: a subset of N images is the same one in every study


def balanced_order(labels: np.ndarray) -> np.ndarray:
    """Every index of `labels` (N,) once, in an order whose every beginning holds all classes equally often.

    Where a class has run out of images the others go on. Within a class the order is random.
    """
    shuffled = np.random.RandomState(SEED).permutation(len(labels))  # a stream that NumPy has frozen for good
    rank = np.empty(len(labels), dtype=np.int64)
    for label in np.unique(labels):
        members = shuffled[labels[shuffled] == label]
        rank[members] = np.arange(len(members))
    return np.lexsort((labels, rank))


def subset(labels: np.ndarray, limit: int | None) -> np.ndarray:
    """Ascending indices of a balanced subset of at most `limit` images (None: all); smaller ones lie in larger ones."""
    return np.sort(balanced_order(labels)[:limit])

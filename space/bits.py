"""Compiled loops over activation patterns as words of bits. Needs numba.

A pattern of d neurons is (d / 64, rounded up) words; which bit is whose does not matter as long as it is the same for
all images, so neighbouring neurons are in neighbouring words, which vector instructions fill at once.
"""

from typing import TypeVar

import numba
import numpy as np

HALF = 32  # bits are set in halves of words, of which a vector register holds as many as of single-precision numbers

A = TypeVar("A", bound=np.ndarray)


@numba.njit(cache=True, parallel=True)
def pack(maps: A) -> tuple[np.ndarray, np.ndarray]:
    """Words (n, w) uint64 of maps (n, d): a bit is 1 where a number is positive, and bits beyond d are 0.

    And of which maps that is not known, for a number in them is NaN: (n,) bool.
    """
    images, neurons = maps.shape
    halves = 2 * ((neurons + 2 * HALF - 1) // (2 * HALF))
    words, unknown = np.zeros((images, halves), np.uint32), np.zeros(images, np.bool_)
    for n in numba.prange(images):
        row, nans = words[n], np.uint32(0)
        for bit in range(HALF):
            value = np.uint32(1 << bit)
            # A slice, for `start + w` as an index might be negative, and to ask that of each takes five times as long.
            part = maps[n, bit * halves : (bit + 1) * halves]
            for w in range(len(part)):
                row[w] |= value if part[w] > 0 else np.uint32(0)
                nans = np.uint32(nans | (value if part[w] != part[w] else np.uint32(0)))
        unknown[n] = nans > 0
    return words.view(np.uint64), unknown


@numba.njit(cache=True)
def _ones(word: np.uint64) -> np.uint64:
    # How many bits are 1: sums of neighbours in fields of 2, 4 and 8 bits, and of the fields by one product. The
    # compiler knows it and takes the processor's instruction.
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@numba.njit(cache=True, parallel=True)
def differences(words: np.ndarray) -> np.ndarray:
    """In how many bits two rows of words (n, w) differ, (n, n) int64."""
    images, width = words.shape
    result = np.zeros((images, images), np.int64)
    for i in numba.prange(images):
        for j in range(images):
            total = np.uint64(0)
            for w in range(width):
                total += _ones(words[i, w] ^ words[j, w])
            result[i, j] = total
    return result

"""Compiled loops over activation patterns as words of bits. Needs numba.

A pattern of d neurons is stored in ⌈d / 64⌉ words. Any bit may belong to any neuron if it is the same for all images.
So neighbouring neurons are in neighbouring words, which vector instructions can fill at once.
"""

from typing import TypeVar

import numba
import numpy as np

HALF_WORD = 32  # bits are set in halves of words, of which a vector register holds as many as of float32 numbers

A = TypeVar("A", bound=np.ndarray)


@numba.njit(cache=True, parallel=True)
def pack(maps: A) -> tuple[np.ndarray, np.ndarray]:
    """Words (n, w) uint64 of maps (n, d), and which of the maps hold a NaN, (n,) bool: their words mean nothing.

    A bit is 1 where a number is positive; bits beyond d are 0.
    """
    images, neurons = maps.shape
    halves = 2 * ((neurons + 2 * HALF_WORD - 1) // (2 * HALF_WORD))
    words, unknown = np.zeros((images, halves), np.uint32), np.zeros(images, np.bool_)
    for n in numba.prange(images):
        row, nans = words[n], np.uint32(0)
        for bit in range(HALF_WORD):
            value = np.uint32(1 << bit)
            # A slice: an index `start + w` might be negative, and numba's check for that takes five times as long.
            part = maps[n, bit * halves : (bit + 1) * halves]
            for w in range(len(part)):
                row[w] |= value if part[w] > 0 else np.uint32(0)
                nans = np.uint32(nans | (value if part[w] != part[w] else np.uint32(0)))
        unknown[n] = nans > 0
    return words.view(np.uint64), unknown


@numba.njit(cache=True)
def _count_ones(word: np.uint64) -> np.uint64:
    # Counts the bits that are 1: sums of neighbours in fields of 2, 4 and 8 bits, then of the fields by one product.
    # The compiler recognises this and uses the processor's instruction.
    word -= (word >> np.uint64(1)) & np.uint64(0x5555555555555555)
    word = (word & np.uint64(0x3333333333333333)) + ((word >> np.uint64(2)) & np.uint64(0x3333333333333333))
    word = (word + (word >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return (word * np.uint64(0x0101010101010101)) >> np.uint64(56)


@numba.njit(cache=True, parallel=True)
def differences(words: np.ndarray) -> np.ndarray:
    """The number of bits in which two rows of words (n, w) differ, (n, n) int64."""
    images, width = words.shape
    result = np.zeros((images, images), np.int64)
    for i in numba.prange(images):
        for j in range(images):
            total = np.uint64(0)
            for w in range(width):
                total += _count_ones(words[i, w] ^ words[j, w])
            result[i, j] = total
    return result

"""bfloat16 in compiled loops, which know a number by its bits only, as uint16: read as float32, written rounded."""

from typing import Any

import numba
import numpy as np
from numba.extending import overload

NAN = 0x7FC0
INFINITY = 0x7F800000  # of float32


def wide(number: Any) -> Any:
    """A number to compute with: float32 of bfloat16's bits, and any other as it is."""
    raise NotImplementedError("for compiled code")


def narrow(number: Any, maps: np.ndarray) -> Any:
    """A number as `maps` keep theirs: rounded to bfloat16's bits, ties to even, or as it is."""
    raise NotImplementedError("for compiled code")


@overload(wide)
def _wide(number):  # type: ignore[no-untyped-def] # numba compares it with what it gives
    if number == numba.types.uint16:
        return lambda number: np.uint32(np.uint32(number) << np.uint32(16)).view(np.float32)
    return lambda number: number


@overload(narrow)
def _narrow(number, maps):  # type: ignore[no-untyped-def]
    if maps.dtype == numba.types.uint16:
        return lambda number, maps: _rounded(np.float32(number).view(np.uint32))
    return lambda number, maps: number


@numba.njit
def _rounded(bits: Any) -> Any:
    # Back to 32 bits after each step, which numba would take in 64.
    half = np.uint32(np.uint32(0x7FFF) + (np.uint32(bits >> np.uint32(16)) & np.uint32(1)))
    missing = (bits & np.uint32(0x7FFFFFFF)) > np.uint32(INFINITY)  # the sum could make a number of it
    return np.uint16(NAN) if missing else np.uint16(np.uint32(bits + half) >> np.uint32(16))

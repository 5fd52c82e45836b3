"""bfloat16 in compiled loops. NumPy lacks this type: numbers are stored as uint16 bits, and computed in float32."""

from typing import Any

import numba
import numpy as np
from numba.extending import overload

NAN = 0x7FC0
INFINITY = 0x7F800000  # of float32


def widen(number: Any) -> Any:
    """The number to compute with: as float32 if `number` is the bits of a bfloat16, else the number itself."""
    raise NotImplementedError("this function works in compiled code only")


def round_as(number: Any, maps: np.ndarray) -> Any:
    """The number as `maps` store numbers: rounded to the bits of a bfloat16 (ties to even), or the number itself."""
    raise NotImplementedError("this function works in compiled code only")


@overload(widen)
def _widen(number):  # type: ignore[no-untyped-def] # numba compares its signature with that of the function it returns
    if number == numba.types.uint16:
        return lambda number: np.uint32(np.uint32(number) << np.uint32(16)).view(np.float32)
    return lambda number: number


@overload(round_as)
def _round_as(number, maps):  # type: ignore[no-untyped-def]
    if maps.dtype == numba.types.uint16:
        return lambda number, maps: _round_bits(np.float32(number).view(np.uint32))
    return lambda number, maps: number


@numba.njit
def _round_bits(bits: Any) -> Any:
    # Back to 32 bits after each step, since numba computes in 64.
    half = np.uint32(np.uint32(0x7FFF) + (np.uint32(bits >> np.uint32(16)) & np.uint32(1)))
    missing = (bits & np.uint32(0x7FFFFFFF)) > np.uint32(INFINITY)  # the sum below could turn NaN into a number
    return np.uint16(NAN) if missing else np.uint16(np.uint32(bits + half) >> np.uint32(16))

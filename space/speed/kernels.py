"""Compiled loops over maps in channels-last order, (rows, width): batch norm, shortcut and ReLU in two passes.

PyTorch reads a map five times for these operations, and memory limits their speed. Needs numba.

A map (M, C) with few channels C should be *folded* to (M / r, r·C), which makes the inner loops long; arrays with one
number per channel still have C numbers. Maps are float32 or float64, as the weights are, or bfloat16 (see `bfloat16`)
with float32 weights; all arithmetic is in the precision of the weights. Sums within a block of rows are taken in that
precision, sums of blocks in float64, so that neither the length of a map nor the number of threads changes them.
"""

from typing import TypeVar

import numba
import numpy as np

from .bfloat16 import round_as, widen

# All of `fastmath` except the promise that nothing is NaN or infinite: a score must show these.
MATH = {"contract", "reassoc", "nsz", "arcp"}
CHUNKS = 16  # parts of a map, shared among threads; fixed, so that results do not depend on the number of threads
BLOCK_ROWS = 64  # rows that are summed in the weights' precision: too few for rounding to matter

A = TypeVar("A", bound=np.ndarray)


@numba.njit(fastmath=MATH, cache=True, parallel=True)
def _sums(x: A, origin: A) -> np.ndarray:
    # (2, width) float64: sums over rows of x − origin and of its square. Near any row of x, little is lost to rounding.
    rows, width = x.shape
    step = (rows + CHUNKS - 1) // CHUNKS
    sums = np.zeros((CHUNKS, 2, width), np.float64)
    for chunk in numba.prange(CHUNKS):
        s, q = np.empty(width, origin.dtype), np.empty(width, origin.dtype)
        end = min(rows, (chunk + 1) * step)
        for start in range(chunk * step, end, BLOCK_ROWS):
            s[:] = 0
            q[:] = 0
            for i in range(start, min(end, start + BLOCK_ROWS)):
                for c in range(width):
                    d = widen(x[i, c]) - origin[c]
                    s[c] += d
                    q[c] += d * d
            for c in range(width):
                sums[chunk, 0, c] += s[c]
                sums[chunk, 1, c] += q[c]
    return sums.sum(0)


@numba.njit(cache=True)
def _moments(sums: np.ndarray, origin: A, rows: int, mean: np.ndarray, variance: np.ndarray) -> None:
    # Computes mean and population variance of each channel from the sums of its columns.
    width, channels = len(origin), len(mean)
    count = rows * (width // channels)
    for c in range(channels):
        total = 0.0
        for column in range(c, width, channels):
            total += sums[0, column] + rows * np.float64(origin[column])
        mean[c] = total / count
        squares = 0.0
        for column in range(c, width, channels):
            away = origin[column] - mean[c]
            squares += sums[1, column] + 2 * away * sums[0, column] + rows * away * away
        # Not max(), which would turn NaN into 0.
        variance[c] = 0.0 if squares < 0 else squares / count


@numba.njit(cache=True)
def _affinity(
    width: int, scale: A, shift: A, mean: np.ndarray, variance: np.ndarray, eps: float
) -> tuple[np.ndarray, np.ndarray]:
    # Returns a and b, (width,): the batch norm is a·x + b.
    channels = len(scale)
    a, b = np.empty(width, scale.dtype), np.empty(width, scale.dtype)
    for c in range(width):
        factor = scale[c % channels] / np.sqrt(variance[c % channels] + eps)
        a[c] = factor
        b[c] = shift[c % channels] - mean[c % channels] * factor
    return a, b


@numba.njit(fastmath=MATH, cache=True, parallel=True)
def _affine(x: A, a: A, b: A, shortcut: A, add: bool, rectify: bool, out: A) -> None:
    rows, width = x.shape
    step = (rows + CHUNKS - 1) // CHUNKS
    least = a.dtype.type(0 if rectify else -np.inf)
    for chunk in numba.prange(CHUNKS):
        for i in range(chunk * step, min(rows, (chunk + 1) * step)):
            if add:
                for c in range(width):
                    value = widen(x[i, c]) * a[c] + b[c] + widen(shortcut[i, c])
                    out[i, c] = round_as(least if value < least else value, out)  # NaN stays
            else:
                for c in range(width):
                    value = widen(x[i, c]) * a[c] + b[c]
                    out[i, c] = round_as(least if value < least else value, out)


@numba.njit(cache=True)
def normalise(
    x: A, scale: A, shift: A, eps: float, shortcut: A, add: bool, rectify: bool, out: A
) -> tuple[np.ndarray, np.ndarray]:
    """Write into `out` (may be `x`): batch norm by the batch's statistics, plus `shortcut` if `add`, ReLU if `rectify`.

    Returns mean and population variance of each channel, float64.
    """
    rows, width = x.shape
    channels = len(scale)
    mean, variance = np.empty(channels, np.float64), np.empty(channels, np.float64)
    origin = np.empty(width, scale.dtype)
    for c in range(width):
        origin[c] = widen(x[0, c])
    _moments(_sums(x, origin), origin, rows, mean, variance)
    a, b = _affinity(width, scale, shift, mean, variance, eps)
    _affine(x, a, b, shortcut, add, rectify, out)
    return mean, variance


@numba.njit(fastmath=MATH, cache=True, parallel=True)
def _masked_sums(gradient: A, y: A, x: A, origin: A, masked: A) -> np.ndarray:
    # (2, width) float64: sums over rows of the gradient where y > 0, which `masked` gets, and of it times x − origin.
    rows, width = x.shape
    step = (rows + CHUNKS - 1) // CHUNKS
    zero = origin.dtype.type(0)  # a plain 0 would make float64 of what it meets
    sums = np.zeros((CHUNKS, 2, width), np.float64)
    for chunk in numba.prange(CHUNKS):
        s, q = np.empty(width, origin.dtype), np.empty(width, origin.dtype)
        end = min(rows, (chunk + 1) * step)
        for start in range(chunk * step, end, BLOCK_ROWS):
            s[:] = 0
            q[:] = 0
            for i in range(start, min(end, start + BLOCK_ROWS)):
                for c in range(width):
                    g = widen(gradient[i, c]) if widen(y[i, c]) > 0 else zero
                    masked[i, c] = round_as(g, masked)
                    s[c] += g
                    q[c] += g * (widen(x[i, c]) - origin[c])
            for c in range(width):
                sums[chunk, 0, c] += s[c]
                sums[chunk, 1, c] += q[c]
    return sums.sum(0)


@numba.njit(fastmath=MATH, cache=True, parallel=True)
def _sums_where_positive(gradient: A, x: A, a: A, b: A, origin: A) -> np.ndarray:
    # The same where y is a·x + b: it need not be read, and nothing need be written.
    rows, width = x.shape
    step = (rows + CHUNKS - 1) // CHUNKS
    zero = origin.dtype.type(0)  # a plain 0 would make float64 of what it meets
    sums = np.zeros((CHUNKS, 2, width), np.float64)
    for chunk in numba.prange(CHUNKS):
        s, q = np.empty(width, origin.dtype), np.empty(width, origin.dtype)
        end = min(rows, (chunk + 1) * step)
        for start in range(chunk * step, end, BLOCK_ROWS):
            s[:] = 0
            q[:] = 0
            for i in range(start, min(end, start + BLOCK_ROWS)):
                for c in range(width):
                    g = widen(gradient[i, c]) if widen(x[i, c]) * a[c] + b[c] > 0 else zero
                    s[c] += g
                    q[c] += g * (widen(x[i, c]) - origin[c])
            for c in range(width):
                sums[chunk, 0, c] += s[c]
                sums[chunk, 1, c] += q[c]
    return sums.sum(0)


@numba.njit(fastmath=MATH, cache=True, parallel=True)
def _through(gradient: A, x: A, a: A, b: A, masked: bool, origin: A, by: A, out: A) -> None:
    # out = by[0]·g + by[1]·(x − origin) + by[2], g the gradient: as it is if `masked`, else where a·x + b > 0.
    rows, width = x.shape
    step = (rows + CHUNKS - 1) // CHUNKS
    zero = origin.dtype.type(0)  # a plain 0 would make float64 of what it meets
    for chunk in numba.prange(CHUNKS):
        for i in range(chunk * step, min(rows, (chunk + 1) * step)):
            if masked:
                for c in range(width):
                    g = widen(gradient[i, c])
                    value = by[0, c] * g + by[1, c] * (widen(x[i, c]) - origin[c]) + by[2, c]
                    out[i, c] = round_as(value, out)
            else:
                for c in range(width):
                    g = widen(gradient[i, c]) if widen(x[i, c]) * a[c] + b[c] > 0 else zero
                    value = by[0, c] * g + by[1, c] * (widen(x[i, c]) - origin[c]) + by[2, c]
                    out[i, c] = round_as(value, out)


@numba.njit(cache=True)
def differentiate(
    gradient: A, x: A, y: A, scale: A, shift: A, mean: np.ndarray, variance: np.ndarray, eps: float, add: bool,
    rectify: bool, out: A,
) -> tuple[np.ndarray, np.ndarray, A]:  # fmt: skip
    """Write into `out` the gradient by the `x` of `normalise`, from the gradient by its result y.

    Returns the gradients by scale, by shift and, if `add`, by the shortcut; `add` is only for a y that was rectified.
    `mean` and `variance` are what `normalise` gave. With g the gradient (0 where a rectified y is 0), M the number of
    values per channel, r = (variance + eps)^-½ and x̂ = (x − mean)·r, the gradients are

    - by shift Σ g, by scale Σ g·x̂, by the shortcut g;
    - by x scale·r·(g − (Σ g + x̂·Σ g·x̂) / M).
    """
    rows, width = x.shape
    channels = len(scale)
    count = rows * (width // channels)
    a, b = _affinity(width, scale, shift, mean, variance, eps)
    if not rectify:  # a·x + b is then 1 > 0 everywhere, so that every gradient passes
        a[:] = 0
        b[:] = 1
    origin = np.empty(width, scale.dtype)
    for c in range(width):
        origin[c] = mean[c % channels]
    if add:
        g = np.empty_like(x)
        sums = _masked_sums(gradient, y, x, origin, g)
    else:
        g = gradient
        sums = _sums_where_positive(gradient, x, a, b, origin)
    by_scale, by_shift = np.empty(channels, scale.dtype), np.empty(channels, scale.dtype)
    by = np.empty((3, width), scale.dtype)
    for c in range(channels):
        r = 1 / np.sqrt(variance[c] + eps)
        total = sums[0, c::channels].sum()
        rounded = np.float64(origin[c]) - mean[c]  # what the mean lost when it was rounded to x's precision
        slope = r * (sums[1, c::channels].sum() + rounded * total)
        by_scale[c], by_shift[c] = slope, total
        for column in range(c, width, channels):
            by[0, column] = scale[c] * r
            by[1, column] = -scale[c] * r * r * slope / count
            by[2, column] = -scale[c] * r * (total + rounded * r * slope) / count
    _through(g, x, a, b, add, origin, by, out)
    return by_scale, by_shift, g


@numba.njit(cache=True)
def update_running_statistics(
    running_mean: A, running_var: A, mean: np.ndarray, variance: np.ndarray, momentum: float, count: int
) -> None:
    """Move the running statistics in place, as batch norm does, towards a batch of `count` values per channel."""
    unbiased = count / (count - 1)
    for c in range(len(mean)):
        running_mean[c] += momentum * (mean[c] - running_mean[c])
        running_var[c] += momentum * (variance[c] * unbiased - running_var[c])

"""Compiled loops over maps in channels-last order, (rows, width): batch norm, shortcut and ReLU in two passes.

PyTorch reads a map five times for them, and what bounds them is memory. Needs numba. A map of few channels C is best
given `folded`, as (M / r, r·C), so that the inner loops are long; per-channel arrays are of C numbers all the same.
Sums are taken in the maps' own precision over blocks of rows and in float64 over blocks, so that neither the length of
a map nor the number of threads changes them.
"""

from typing import TypeVar

import numba
import numpy as np

# All of `fastmath` but the promise that nothing is NaN or infinite: those have to show in a score.
MATH = {"contract", "reassoc", "nsz", "arcp"}
CHUNKS = 16  # parts of a map that threads share; fixed, so that results do not depend on the number of threads
BLOCK = 64  # rows summed before rounding matters

A = TypeVar("A", bound=np.ndarray)


@numba.njit(fastmath=MATH, cache=True, parallel=True)
def _sums(x: A, origin: A) -> np.ndarray:
    # (2, width) float64: sums over rows of x − origin and of its square. Near any row of x, little is lost to rounding.
    rows, width = x.shape
    step = (rows + CHUNKS - 1) // CHUNKS
    sums = np.zeros((CHUNKS, 2, width), np.float64)
    for chunk in numba.prange(CHUNKS):
        s, q = np.empty(width, x.dtype), np.empty(width, x.dtype)
        end = min(rows, (chunk + 1) * step)
        for start in range(chunk * step, end, BLOCK):
            s[:] = 0
            q[:] = 0
            for i in range(start, min(end, start + BLOCK)):
                for c in range(width):
                    d = x[i, c] - origin[c]
                    s[c] += d
                    q[c] += d * d
            for c in range(width):
                sums[chunk, 0, c] += s[c]
                sums[chunk, 1, c] += q[c]
    return sums.sum(0)


@numba.njit(cache=True)
def _moments(sums: np.ndarray, origin: A, rows: int, mean: np.ndarray, variance: np.ndarray) -> None:
    # Mean and population variance of each channel, from the sums of its columns.
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


@numba.njit(fastmath=MATH, cache=True, parallel=True)
def _affine(x: A, a: A, b: A, shortcut: A, add: bool, rectify: bool, out: A) -> None:
    rows, width = x.shape
    step = (rows + CHUNKS - 1) // CHUNKS
    for chunk in numba.prange(CHUNKS):
        for i in range(chunk * step, min(rows, (chunk + 1) * step)):
            if add:
                for c in range(width):
                    out[i, c] = x[i, c] * a[c] + b[c] + shortcut[i, c]
            else:
                for c in range(width):
                    out[i, c] = x[i, c] * a[c] + b[c]
            if rectify:
                for c in range(width):
                    out[i, c] = 0 if out[i, c] < 0 else out[i, c]  # NaN stays


@numba.njit(cache=True)
def normalise(
    x: A, scale: A, shift: A, eps: float, shortcut: A, add: bool, rectify: bool, out: A
) -> tuple[np.ndarray, np.ndarray]:
    """Batch norm by the batch's statistics, plus `shortcut` if `add`, then ReLU if `rectify`; into `out`, perhaps `x`.

    Gives mean and population variance of each channel, float64.
    """
    rows, width = x.shape
    channels = len(scale)
    mean, variance = np.empty(channels, np.float64), np.empty(channels, np.float64)
    origin = x[0].copy()
    _moments(_sums(x, origin), origin, rows, mean, variance)
    a, b = np.empty(width, x.dtype), np.empty(width, x.dtype)
    for c in range(width):
        factor = scale[c % channels] / np.sqrt(variance[c % channels] + eps)
        a[c] = factor
        b[c] = shift[c % channels] - mean[c % channels] * factor
    _affine(x, a, b, shortcut, add, rectify, out)
    return mean, variance


@numba.njit(fastmath=MATH, cache=True, parallel=True)
def _gradient_sums(gradient: A, x: A, y: A, rectified: bool, origin: A) -> np.ndarray:
    # (2, width) float64: sums over rows of the gradient where y > 0 (everywhere unless rectified), and of it times
    # x − origin.
    rows, width = x.shape
    step = (rows + CHUNKS - 1) // CHUNKS
    sums = np.zeros((CHUNKS, 2, width), np.float64)
    for chunk in numba.prange(CHUNKS):
        s, q = np.empty(width, x.dtype), np.empty(width, x.dtype)
        end = min(rows, (chunk + 1) * step)
        for start in range(chunk * step, end, BLOCK):
            s[:] = 0
            q[:] = 0
            for i in range(start, min(end, start + BLOCK)):
                for c in range(width):
                    g = gradient[i, c] if y[i, c] > 0 or not rectified else 0
                    s[c] += g
                    q[c] += g * (x[i, c] - origin[c])
            for c in range(width):
                sums[chunk, 0, c] += s[c]
                sums[chunk, 1, c] += q[c]
    return sums.sum(0)


@numba.njit(fastmath=MATH, cache=True, parallel=True)
def _gradients(
    gradient: A, x: A, y: A, rectified: bool, origin: A, coefficients: A, by_x: A, add: bool, by_shortcut: A
) -> None:
    rows, width = x.shape
    step = (rows + CHUNKS - 1) // CHUNKS
    for chunk in numba.prange(CHUNKS):
        for i in range(chunk * step, min(rows, (chunk + 1) * step)):
            for c in range(width):
                g = gradient[i, c] if y[i, c] > 0 or not rectified else 0
                by_x[i, c] = coefficients[0, c] * g + coefficients[1, c] * (x[i, c] - origin[c]) + coefficients[2, c]
            if add:
                for c in range(width):
                    by_shortcut[i, c] = gradient[i, c] if y[i, c] > 0 or not rectified else 0


@numba.njit(cache=True)
def differentiate(
    gradient: A,
    x: A,
    y: A,
    rectified: bool,
    scale: A,
    mean: np.ndarray,
    variance: np.ndarray,
    eps: float,
    by_x: A,
    add: bool,
    by_shortcut: A,
) -> tuple[np.ndarray, np.ndarray]:
    """Gradients of what `normalise` made y of x, given that by y: into `by_x` and, if `add`, `by_shortcut`.

    Gives those by scale and shift, (C,). `mean` and `variance` are what `normalise` gave, `rectified` what it was told.
    With g the gradient where y > 0, x̂ = (x − mean)·r and r = (variance + eps)^-½: by shift Σ g, by scale Σ g·x̂, by x
    scale·r·(g − (Σ g + x̂·Σ g·x̂) / M).
    """
    rows, width = x.shape
    channels = len(scale)
    count = rows * (width // channels)
    origin = np.empty(width, x.dtype)
    for c in range(width):
        origin[c] = mean[c % channels]
    sums = _gradient_sums(gradient, x, y, rectified, origin)
    by_scale, by_shift = np.empty(channels, x.dtype), np.empty(channels, x.dtype)
    coefficients = np.empty((3, width), x.dtype)
    for c in range(channels):
        r = 1 / np.sqrt(variance[c] + eps)
        s, q = sums[0, c::channels].sum(), sums[1, c::channels].sum() * r
        by_scale[c], by_shift[c] = q, s
        # The part of the mean that x's own precision rounds off.
        rest = np.float64(origin[c]) - mean[c]
        for column in range(c, width, channels):
            coefficients[0, column] = scale[c] * r
            coefficients[1, column] = -scale[c] * r * r * q / count
            coefficients[2, column] = -scale[c] * r * (s + rest * r * q) / count
    _gradients(gradient, x, y, rectified, origin, coefficients, by_x, add, by_shortcut)
    return by_scale, by_shift


@numba.njit(cache=True)
def follow(
    running_mean: A, running_var: A, mean: np.ndarray, variance: np.ndarray, momentum: float, count: int
) -> None:
    """Move running statistics, in place, towards those of a batch of `count` values a channel, as batch norm does."""
    unbiased = count / (count - 1)
    for c in range(len(mean)):
        running_mean[c] += momentum * (mean[c] - running_mean[c])
        running_var[c] += momentum * (variance[c] * unbiased - running_var[c])

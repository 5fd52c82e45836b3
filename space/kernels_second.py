"""Compiled loops for the gradient of the gradient that `kernels.differentiate` gives; maps as there."""

import numba
import numpy as np

from .kernels import BLOCK, CHUNKS, MATH, A


@numba.njit(fastmath=MATH, cache=True, parallel=True)
def _products(u: A, gradient: A, x: A, y: A, origin: A) -> np.ndarray:
    # (5, width) float64: sums over rows of u, g, u·d, g·d and u·g; d = x − origin, g the gradient where y > 0.
    rows, width = x.shape
    step = (rows + CHUNKS - 1) // CHUNKS
    zero = x.dtype.type(0)  # a plain 0 would make float64 of what it meets
    sums = np.zeros((CHUNKS, 5, width), np.float64)
    for chunk in numba.prange(CHUNKS):
        s = np.empty((5, width), x.dtype)
        end = min(rows, (chunk + 1) * step)
        for start in range(chunk * step, end, BLOCK):
            s[:] = 0
            for i in range(start, min(end, start + BLOCK)):
                for c in range(width):
                    v, d = u[i, c], x[i, c] - origin[c]
                    g = gradient[i, c] if y[i, c] > 0 else zero
                    s[0, c] += v
                    s[1, c] += g
                    s[2, c] += v * d
                    s[3, c] += g * d
                    s[4, c] += v * g
            for k in range(5):
                for c in range(width):
                    sums[chunk, k, c] += s[k, c]
    return sums.sum(0)


@numba.njit(fastmath=MATH, cache=True, parallel=True)
def _combine(
    u: A, gradient: A, x: A, y: A, shortcut: A, add: bool, origin: A, by: A, for_x: A, for_gradient: A, out: A
) -> None:
    # for_x·(u, g, d, 1) into `out`, for_gradient·(u, d, 1), and `shortcut` if `add`, where y > 0, into `by`.
    rows, width = x.shape
    step = (rows + CHUNKS - 1) // CHUNKS
    zero = x.dtype.type(0)
    for chunk in numba.prange(CHUNKS):
        for i in range(chunk * step, min(rows, (chunk + 1) * step)):
            for c in range(width):
                d = x[i, c] - origin[c]
                g = gradient[i, c] if y[i, c] > 0 else zero
                out[i, c] = for_x[0, c] * u[i, c] + for_x[1, c] * g + for_x[2, c] * d + for_x[3, c]
                by[i, c] = for_gradient[0, c] * u[i, c] + for_gradient[1, c] * d + for_gradient[2, c]
            if add:
                for c in range(width):
                    by[i, c] += shortcut[i, c]
            for c in range(width):
                by[i, c] = by[i, c] if y[i, c] > 0 else zero


@numba.njit(cache=True)
def differentiate_again(
    u: A, for_scale: A, for_shift: A, shortcut: A, add: bool, gradient: A, x: A, y: A, scale: A, mean: np.ndarray,
    variance: np.ndarray, eps: float, by_gradient: A, by_x: A,
) -> np.ndarray:  # fmt: skip
    """Gradients by its `gradient`, its `x` and its `scale` of what `kernels.differentiate` gives.

    Given are those by its results: u (rows, width) by that by x; `for_scale` and `for_shift` (channels,) by those by
    scale and shift; `shortcut` if `add`. The first two go into `by_gradient` and `by_x`.

    With means over the batch, P(v) = v − mean v − x̂·mean(v·x̂), which is self-adjoint, and r, x̂, g and M as there, the
    gradient by x is scale·r·P(g). In u it is worth scale·r·M·q, q = mean(u·g) − mean u·mean g − c_u·c_g, where c_v is
    mean(v·x̂). By g that is scale·r·P(u); by x, as dx̂ = r·P(dx) and dr = −r²·mean(x̂·dx), it is
    −scale·r²·(q·x̂ + c_g·P(u) + c_u·P(g)). Those by scale and shift, Σ g·x̂ and Σ g, add for_scale·x̂ + for_shift by g
    and for_scale·r·P(g) by x.
    """
    rows, width = x.shape
    channels = len(scale)
    count = rows * (width // channels)
    origin = np.empty(width, x.dtype)
    for c in range(width):
        origin[c] = mean[c % channels]
    sums = _products(u, gradient, x, y, origin)
    for_x, for_gradient = np.empty((4, width), x.dtype), np.empty((3, width), x.dtype)
    by_scale = np.empty(channels, x.dtype)
    for c in range(channels):
        r = 1 / np.sqrt(variance[c] + eps)
        rounded = np.float64(origin[c]) - mean[c]  # what x's own precision rounds off the mean
        mean_u, mean_g = sums[0, c::channels].sum() / count, sums[1, c::channels].sum() / count
        c_u = r * (sums[2, c::channels].sum() / count + rounded * mean_u)
        c_g = r * (sums[3, c::channels].sum() / count + rounded * mean_g)
        q = sums[4, c::channels].sum() / count - mean_u * mean_g - c_u * c_g
        by_scale[c] = r * count * q
        s, a, b = scale[c] * r, for_scale[c] * r, for_shift[c]
        on_x = r * (-s * r * (q - 2 * c_u * c_g) - a * c_g)
        on_g = a - s * c_u * r
        for column in range(c, width, channels):
            for_x[0, column] = -s * r * c_g
            for_x[1, column] = a - s * r * c_u
            for_x[2, column] = on_x
            for_x[3, column] = s * r * (c_g * mean_u + c_u * mean_g) - a * mean_g + on_x * rounded
            for_gradient[0, column] = s
            for_gradient[1, column] = on_g
            for_gradient[2, column] = b - s * mean_u + on_g * rounded
    _combine(u, gradient, x, y, shortcut, add, origin, by_gradient, for_x, for_gradient, by_x)
    return by_scale

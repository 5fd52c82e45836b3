"""Many comparisons at once: among twenty proxies that are no better, one has p < 0.05 by luck."""

import numpy as np
from numpy.typing import ArrayLike

from .resampling import Array


def adjusted(observed: ArrayLike, drawn: ArrayLike) -> Array:
    """The p-values (m,) of `observed > 0` (m,), corrected for there being m of them; single-step max-T.

    `drawn` (m, R) are the same differences on R resamples, which all of them share: so it is known how they vary
    together, and alike proxies count as hardly more than one. With s the standard deviation of a difference over the
    resamples, its t is observed / s, and a resample's is (drawn - observed) / s; p is the share of resamples of which
    the highest t among all m is no lower than the difference's own, (b + 1) / (R + 1). So under the null hypothesis the
    chance that any of the m has p <= 0.05 is about 0.05. Westfall and Young 1993.

    NaN for a difference that is NaN; 1 for one that no resample changes, unless it is above 0. NaN in a resample does
    not count there.
    """
    values, resamples = np.asarray(observed, dtype=np.float64), np.asarray(drawn, dtype=np.float64)
    found = np.full(values.shape, np.nan)
    known = np.isfinite(values) & np.isfinite(resamples).any(axis=1)
    if not known.any():
        return found
    values, resamples = values[known], resamples[known]
    spread = np.nanstd(resamples, axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        own = np.where(spread > 0, values / spread, np.where(values > 0, np.inf, -np.inf))
        theirs = (resamples - values[:, None]) / spread[:, None]
    highest = np.where(np.isfinite(theirs), theirs, -np.inf).max(axis=0)
    reached = (highest[None, :] >= own[:, None]).sum(axis=1)
    found[known] = (reached + 1) / (resamples.shape[1] + 1)
    return found

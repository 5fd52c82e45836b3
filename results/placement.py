"""Where one proxy stands among others: its rank by Kendall's tau, and every rank that the sample cannot exclude.

All proxies are compared over the same resampled architectures. An interval of tau says little about a rank: proxies
share what is easy or hard about a sample. So each difference of two taus has its interval, wide enough that all of a
proxy's differences lie in theirs together, with a probability of 95 %. Who is better for certain stands above, who is
worse for certain below; the ranks between are the confidence set. It holds its level also where proxies are equal, as a
bootstrap of the rank itself does not. Mogstad, Romano, Shaikh and Wilhelm 2024, "Inference for ranks".
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from .better import Taus
from .resampling import Array, percentiles
from .scores import resamples_of

RESAMPLES = 2000  # a rank is a whole number: more would not change it
EQUAL = 1e-9  # of two taus: sums of the same signs may differ in their last bits
COLUMNS = ["proxy", "n", "tau", "difference", "low", "high", "p_adjusted"]


class Placement(NamedTuple):
    """`rank` of a proxy among `of`, 1 for the highest tau; its confidence set is `low` to `high`.

    `others` has a row for each other proxy: `proxy, n` (architectures that both have scored), `tau` (its own, over
    these), `difference` (of our tau less its own) with the ends `low` and `high` of the simultaneous 95 % interval, and
    `p_adjusted`, two-sided, corrected for all comparisons of our proxy.
    """

    rank: int
    low: int
    high: int
    of: int
    others: pd.DataFrame


def prepare(scores: Mapping[str, Array], accuracy: Array, resamples: int = RESAMPLES, seed: int = 0) -> Taus:
    """Taus of all proxies on shared resamples; `scores` (n, seeds), higher is better, NaN where one failed.

    In one order, by accuracy and then by the scores, so that the order in which rows were measured changes nothing.
    """
    order = np.lexsort([*(column for table in scores.values() for column in table.T), accuracy])
    return Taus(
        {name: table[order] for name, table in scores.items()},
        accuracy[order],
        resamples_of(len(accuracy), resamples),
        seed,
    )


def placement(taus: Taus, proxy: str, level: float = 0.95, among: Sequence[str] | None = None) -> Placement:
    """The standing of `proxy` among all, or `among` the others that are named.

    Another proxy that has scored fewer than three of our architectures is not compared. Where there is nothing to
    resample (a whole space), the set is the rank alone.
    """
    rows = []
    spreads: list[float] = []
    drawn: list[Array] = []
    for other in taus.x if among is None else among:
        if other == proxy:
            continue
        both = taus.scored(proxy) & taus.scored(other)
        if both.sum() < 3:
            continue
        (mine, ours), (tau, theirs) = taus.of(proxy, both), taus.of(other, both)
        if math.isnan(mine) or math.isnan(tau):
            continue
        rows.append({"proxy": other, "n": int(both.sum()), "tau": tau, "difference": mine - tau})
        drawn.append(ours - theirs)
        finite = drawn[-1][np.isfinite(drawn[-1])]
        spreads.append(float(finite.std()) if finite.size else 0.0)
    differences = np.array([row["difference"] for row in rows])
    spread = np.array(spreads)
    varied = spread > EQUAL  # where nothing varies, both order alike in every resample
    highest = _highest(
        differences[varied], spread[varied], [one for one, kept in zip(drawn, varied, strict=True) if kept]
    )
    reach = _quantile(highest, level) * spread
    for place, row in enumerate(rows):
        row |= {"low": differences[place] - reach[place], "high": differences[place] + reach[place]}
        row["p_adjusted"] = _p(differences[place], spread[place], highest)
    above = (differences < -np.maximum(reach, EQUAL)).sum()
    below = (differences > np.maximum(reach, EQUAL)).sum()
    of = len(rows) + 1
    rank = 1 + int((differences < -EQUAL).sum())
    return Placement(rank, 1 + int(above), of - int(below), of, pd.DataFrame(rows, columns=COLUMNS))


def own_interval(taus: Taus, proxy: str, level: float = 0.95) -> tuple[float, float, float]:
    """Tau of a proxy over all that it has scored, with the ends of its bootstrap interval."""
    rows = taus.scored(proxy)
    if rows.sum() < 3:
        return math.nan, math.nan, math.nan
    value, drawn = taus.of(proxy, rows)
    return value, *percentiles(drawn, level)


def _highest(differences: Array, spread: Array, drawn: list[Array]) -> Array:
    """The largest standardised deviation among all differences, in each resample."""
    if not drawn:
        return np.zeros(0)
    deviations = np.abs(np.stack(drawn) - differences[:, None]) / spread[:, None]
    return np.asarray(np.where(np.isfinite(deviations), deviations, 0.0).max(axis=0))


def _quantile(highest: Array, level: float) -> float:
    return float(np.quantile(highest, level)) if highest.size else 0.0


def _p(difference: float, spread: float, highest: Array) -> float:
    """Share of the resamples whose largest deviation reaches this one; the data itself counts as one."""
    if not highest.size:
        return math.nan
    if spread <= EQUAL:
        return 1.0
    return float(((highest >= abs(difference) / spread).sum() + 1) / (highest.size + 1))

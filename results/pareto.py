"""Cost against worth: which proxies no other beats in both."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def pareto(costs: ArrayLike, worths: ArrayLike) -> list[bool]:
    """Whether each is on the Pareto line: no other costs no more and is worth no less, and one of them truly.

    A missing cost or worth is never on it.
    """
    cost, worth = (np.asarray(values, dtype=np.float64) for values in (costs, worths))
    known = np.isfinite(cost) & np.isfinite(worth)
    on: list[bool] = []
    for place in range(len(cost)):
        beaten = (
            known & (cost <= cost[place]) & (worth >= worth[place]) & ((cost < cost[place]) | (worth > worth[place]))
        )
        on.append(bool(known[place] and not beaten.any()))
    return on


def beaten_by(place: int, costs: Sequence[float], worths: Sequence[float]) -> list[int]:
    """The places of those that cost no more and are worth more, the best first."""
    found = [
        other
        for other in range(len(costs))
        if other != place and costs[other] <= costs[place] and worths[other] > worths[place]
    ]
    return sorted(found, key=lambda other: -worths[other])

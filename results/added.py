"""What a proxy adds to the best pair of others: ranks of three summed, against ranks of two."""

import math
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from .paired import Paired, paired
from .ranking import kendall
from .resampling import Array, mean_ranks

RESAMPLES = 2000


class Added(NamedTuple):
    """Tau of the sum of ranks of a `pair` of proxies, and with ours as the third; `gain` is the paired difference."""

    pair: tuple[str, str]
    tau_pair: float
    tau_with: float
    gain: Paired


def added(order: Array, others: Mapping[str, Array], accuracy: Array, resamples: int = RESAMPLES) -> Added | None:
    """What `order` (n,) adds to the best pair of `others`; each is a score by which higher is better.

    The pair is chosen greedily: the best proxy, then the partner with which the sum of ranks orders best. It is chosen
    on the same architectures, which favours the pair a little. Only others that have scored whatever we have take part.
    None where there are fewer than two.
    """
    rows = np.isfinite(order) & np.isfinite(accuracy)
    known = {name: _ranks(one[rows]) for name, one in others.items() if np.isfinite(one[rows]).all()}
    target = accuracy[rows]
    if len(known) < 2 or rows.sum() < 3:
        return None
    first = _best({name: kendall(one, target) for name, one in known.items()})
    second = _best({name: kendall(known[first] + one, target) for name, one in known.items() if name != first})
    pair = known[first] + known[second]
    whole = pair + _ranks(order[rows])
    gain = paired(whole, pair, target, resamples=resamples)
    return Added((first, second), kendall(pair, target), kendall(whole, target), gain)


def _best(taus: Mapping[str, float]) -> str:
    return max(taus, key=lambda name: -math.inf if math.isnan(taus[name]) else taus[name])


def _ranks(values: Array) -> Array:
    return np.asarray(mean_ranks(values, np.ones((1, len(values))))[0])

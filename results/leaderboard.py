"""Every proxy on every table: tau with its interval, ranks, and which proxies the tables together can tell apart."""

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np
import pandas as pd

from .placement import RESAMPLES, own_interval, placement, prepare
from .trained import Trained

COLUMNS = [
    "table", "dataset", "networks", "proxy", "n", "tau", "low", "high", "rank", "rank_low", "rank_high", "seconds",
]  # fmt: skip


class Leaderboard(NamedTuple):
    """`rows`: one for each table, data set and proxy, with `COLUMNS`; `seconds` of one score.

    `means`: one for each proxy that all of them have, the best first: `proxy, mean_rank, mean_tau`. `groups`: sets of
    neighbours in that order of which no two can be told apart, at 5 % for all pairs together; only those of two or more
    that lie in no other.
    """

    rows: pd.DataFrame
    means: pd.DataFrame
    groups: tuple[tuple[str, ...], ...]


def leaderboard(tables: Mapping[str, Trained], level: float = 0.95, resamples: int = RESAMPLES) -> Leaderboard:
    """The leaderboard of tables by their names; each has accuracies of one data set or more."""
    rows: list[dict[str, object]] = []
    resampled: list[dict[str, tuple[float, np.ndarray]]] = []
    for place, (table, trained) in enumerate(tables.items()):
        names = trained.whole()
        seconds = trained.seconds(names)
        for dataset in trained.datasets():
            known = trained.known(trained.samples["architecture"], dataset)
            # Tables are drawn apart; the data sets of one table share their networks, so they share the draws.
            scores = trained.matrices(names, known.index)
            taus = prepare(scores, known["accuracy"].to_numpy("float64"), resamples, seed=place)
            resampled.append({name: taus.of(name, taus.scored(name)) for name in names if taus.scored(name).sum() >= 3})
            for name in names:
                tau, low, high = own_interval(taus, name, level)
                at = placement(taus, name, level)
                found = (
                    table, dataset, len(known), name, int(taus.scored(name).sum()), tau, low, high,
                    at.rank, at.low, at.high, seconds.get(name, np.nan),
                )  # fmt: skip
                rows.append(dict(zip(COLUMNS, found, strict=True)))
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return Leaderboard(frame, *_together(frame, resampled, level))


def _together(
    frame: pd.DataFrame, resampled: Sequence[Mapping[str, tuple[float, np.ndarray]]], level: float
) -> tuple[pd.DataFrame, tuple[tuple[str, ...], ...]]:
    """The means over all tables, and the groups."""
    shared = [name for name in dict.fromkeys(frame["proxy"]) if all(name in one for one in resampled)]
    own = frame[frame["proxy"].isin(shared)].dropna(subset="tau")
    means = own.groupby("proxy").agg(mean_rank=("rank", "mean"), mean_tau=("tau", "mean")).reset_index()
    means = means.sort_values(["mean_rank", "mean_tau", "proxy"], ascending=[True, False, True], ignore_index=True)
    drawn = {name: np.mean([one[name][1] for one in resampled], axis=0) for name in means["proxy"]}
    apart = _apart(dict(zip(means["proxy"], means["mean_tau"], strict=True)), drawn, level)
    return means, _groups(means["proxy"].tolist(), apart)


def _apart(means: Mapping[str, float], drawn: Mapping[str, np.ndarray], level: float) -> set[frozenset[str]]:
    """The pairs of proxies that differ, all pairs at once: the largest standardised deviation has its own quantile."""
    pairs = list(combinations(means, 2))
    highest = np.zeros(0)
    told: list[tuple[frozenset[str], float]] = []
    for one, other in pairs:
        difference, resamples = means[one] - means[other], drawn[one] - drawn[other]
        spread = float(np.nanstd(resamples)) if resamples.size else 0.0
        if spread < 1e-9:
            continue
        deviation = np.nan_to_num(np.abs(resamples - difference) / spread)
        highest = np.maximum(highest, deviation) if highest.size else deviation
        told.append((frozenset((one, other)), abs(difference) / spread))
    if not highest.size:
        return set()
    reach = float(np.quantile(highest, level))
    return {pair for pair, ratio in told if ratio > reach}


def _groups(names: Sequence[str], apart: set[frozenset[str]]) -> tuple[tuple[str, ...], ...]:
    """The longest stretches of neighbours within which no pair is told apart."""
    found: list[tuple[str, ...]] = []
    end = 0
    for start in range(len(names)):
        stop = max(end, start + 1)
        while stop < len(names) and all(frozenset((names[stop], one)) not in apart for one in names[start:stop]):
            stop += 1
        if stop > end and stop - start > 1:
            found.append(tuple(names[start:stop]))
        end = max(end, stop)
    return tuple(found)

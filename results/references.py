"""What a user gets without any proxy: a random network, or the best of a few that were trained."""

import math
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .comparison import ACCURACIES, REFERENCE, SEARCHES, Comparison
from .frames import best_accuracies
from .means import mean_intervals
from .points import SCHEDULE, STRATUM, accuracies, datasets, trained
from .resampling import Array, draws, percentiles
from .store import Store

TRIED = 10  # networks trained by who chooses among random ones
RANDOM = "random network"
BEST = f"best of {TRIED} trained random networks"


class Reference(NamedTuple):
    """Accuracy in percent of what no proxy chose, with its 95 % interval, over `n` sampled architectures."""

    mean: float
    low: float
    high: float
    n: int


def references(store: Store) -> dict[str, dict[str, Reference]]:
    """`RANDOM` and `BEST` of each data set: the name, then the data set.

    `RANDOM` is the mean accuracy of the random sample with its Student t interval, `BEST` the `expected_best` of it. A
    data set is left out where the sample is trained under another schedule than the winners, since accuracies then do
    not compare, and a name where no data set is left.
    """
    texts = store.samples(stratum=STRATUM)["architecture"]
    sampled = accuracies(store, texts)
    won = _schedules(store, store.searches()["winner"].dropna().unique())
    schedules = _schedules(store, texts)
    found: dict[str, dict[str, Reference]] = {RANDOM: {}, BEST: {}}
    for name, schedule in schedules.items():
        if won.get(name, schedule) != schedule:
            continue
        values = np.sort(sampled.loc[sampled["dataset"] == name, "accuracy"].to_numpy("float64"))
        [(mean, half, n)] = mean_intervals([values])
        found[RANDOM][name] = Reference(mean, mean - half, mean + half, n)
        if n >= TRIED:
            found[BEST][name] = Reference(expected_best(values), *expected_best_bootstrap(values), n)
    return {name: kept for name, kept in found.items() if kept}


def with_references(store: Store, comparison: Comparison) -> Comparison:
    """A comparison and, below its rows, one of the kind "reference" for each of `references`, named in `proxy`.

    They have accuracies with their interval, over `n` sampled architectures, and regret; the random network also the
    means of its size. They take no part in the letters, which compare searches.
    """
    best = best_accuracies(store)
    size = store.samples(stratum=STRATUM)[["params", "macs", "layers"]].astype("float64").mean()
    searches, reached = [], []
    for title, found in references(store).items():
        key = {"kind": REFERENCE, "proxy": title, "strategy": ""}
        none = {"statuses": "", "winners": 0, "distinct_winners": 0}
        searches.append({**key, **none, **(size if title == RANDOM else {})})
        for name in datasets(store):
            one = found.get(name, Reference(math.nan, math.nan, math.nan, 0))
            row: dict[str, Any] = {**key, "dataset": name, **one._asdict(), "letters": "", "sampled": 0}
            row["half"] = one.high - one.mean if title == RANDOM else math.nan  # only that is symmetric
            reached.append({**row, "regret": best.get(name, math.nan) - one.mean})
    return Comparison(
        pd.DataFrame([*comparison.searches.to_dict("records"), *searches], columns=SEARCHES),
        pd.DataFrame([*comparison.accuracies.to_dict("records"), *reached], columns=ACCURACIES),
    )


def expected_best(values: ArrayLike, tried: int = TRIED) -> float:
    """Expected maximum of `tried` of the `values`, drawn without replacement; NaN for fewer values.

    The i-th smallest of n is the largest drawn with probability C(i - 1, tried - 1) / C(n, tried).
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    return float(_expected(ordered, np.ones((1, len(ordered))), tried)[0]) if len(ordered) >= tried else math.nan


def expected_best_bootstrap(
    values: ArrayLike, tried: int = TRIED, resamples: int = 1000, seed: int = 0, level: float = 0.95
) -> tuple[float, float]:
    """Percentile bootstrap interval of `expected_best`, resampling the values.

    It leans down, the more the nearer n is to `tried`: a resample cannot hold better networks than the sample.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    if len(ordered) < tried:
        return math.nan, math.nan
    return percentiles(_expected(ordered, draws(len(ordered), resamples, seed), tried), level)


def _expected(ordered: Array, counts: np.ndarray, tried: int) -> Array:
    """`expected_best` of every resample of ascending values."""
    total = int(counts[0].sum())
    # The share of draws of `tried` that lie within the lowest m values of the resample.
    within = np.array([math.comb(m, tried) for m in range(total + 1)], dtype=object) / math.comb(total, tried)
    shares = within.astype(np.float64)[counts.cumsum(axis=1).astype(np.int64)]
    return np.asarray(np.diff(shares, axis=1, prepend=0.0) @ ordered)


def _schedules(store: Store, architectures: pd.Series | np.ndarray) -> dict[str, tuple]:
    """The schedule under which these architectures compare, by data set."""
    rows = trained(store, architectures)[SCHEDULE].drop_duplicates()
    return {str(row[0]): row for row in rows.itertuples(index=False, name=None)}

"""A study's searches compared: what each row's searches cost, and what their winners reach on each data set."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from .convergence import convergence
from .frames import best_accuracies, counted, failed_counts
from .letters import letters
from .means import mean_intervals
from .points import datasets, strategies, winners
from .published import published
from .reliability import corrected_tau
from .replicates import accuracy_noise
from .scores import correlations, score_seconds
from .store import Store

SEARCH = ["proxy", "strategy", "seed"]
ROW = ["kind", "proxy", "strategy"]  # what tells the rows of a comparison apart
MEASURED = ("mean", "half", "low", "high", "n", "published", "regret", "letters")
CORRELATED = ("tau", "tau_low", "tau_high", "rho", "rho_low", "rho_high", "tau_corrected")
ACCURACIES = [*ROW, "dataset", *MEASURED, "sampled", *CORRELATED]
SEARCH_MEANS = ("params", "macs", "layers", "evaluations", "proposals", "duplicates")
SEARCHES = [
    *ROW, *SEARCH_MEANS, "rejected", "search_seconds", "score_seconds", "statuses", "winners", "distinct_winners",
    "score_percentile",
]  # fmt: skip
PROXY, REFERENCE = "proxy", "reference"  # kinds of a row
EVOLUTION = "evolution"  # the strategy of the published searches


class Comparison(NamedTuple):
    """Two long frames, which share the columns `kind`, `proxy` and `strategy`.

    `searches` has one row per proxy, in the order of the `proxies` table, or, with searches of several strategies, per
    proxy and strategy: `kind` is "proxy" ("reference" for the rows that `with_references` adds), `strategy` is empty
    where the study has one strategy or none. What is the proxy's own (`score_seconds`, the correlations, `statuses`)
    stands in each of its rows. Means over searches: the winner's `params`, `macs` (multiply-adds) and `layers`, then
    `evaluations`, `proposals`, `duplicates`, `rejected` and `search_seconds`. `score_seconds` is the median over the
    sampled architectures of what one score took. `statuses` counts every status but "ok" as text ("error 300, nan 2"),
    `winners` how many search seeds found one, `distinct_winners` how many different networks those are, and
    `score_percentile` is the lowest of the row's searches (see `convergence`).

    `accuracies` has one row per row of `searches` and data set (`dataset`), in their orders. `mean`, `half` (half of a
    95 % interval, see `mean_intervals`), its ends `low` and `high`, and `n` are over search seeds, in percent, each
    winner's accuracy being first averaged over its training seeds. `published` is percent, NaN where the published
    table has no such row, the row's strategy is another than "evolution", or accuracies are those of a tabular
    benchmark. `regret` is percent points below the best accuracy of the tabular benchmark, which the setting `best.D`
    holds; NaN without. `letters` says which rows can be told apart (see `letters`). `tau`, `tau_low`, `tau_high` and
    the same for rho are over the `sampled` architectures; `tau_corrected` is tau corrected for the noise of the
    accuracies where that is known (see `corrected_tau`, `accuracy_noise`).
    """

    searches: pd.DataFrame
    accuracies: pd.DataFrame

    @property
    def datasets(self) -> list[str]:
        """The data sets, by name."""
        return self.accuracies["dataset"].unique().tolist()

    @property
    def several(self) -> bool:
        """Whether rows are told apart by strategy as well."""
        return bool(self.searches["strategy"].ne("").any())

    def on(self, dataset: str) -> pd.DataFrame:
        """The rows of `searches`, in their order, each with its columns of `accuracies` on one data set."""
        return self.searches.merge(self.accuracies[self.accuracies["dataset"] == dataset], how="left", on=ROW)

    def of(self, kind: str) -> "Comparison":
        """The rows of one kind, "proxy" or "reference"."""
        return Comparison(*(frame[frame["kind"] == kind].reset_index(drop=True) for frame in self))


def comparison(store: Store, correlated: pd.DataFrame | None = None) -> Comparison:
    """The study's table, one row per proxy: see `Comparison`.

    `correlated` is the frame of `correlations`, for a caller that has it: its bootstrap is the slow part.
    """
    names = datasets(store)
    found = winners(store).merge(convergence(store)[[*SEARCH, "score_percentile"]], on=SEARCH)
    kinds = strategies(store)
    groups = _groups(found, store.proxies()["proxy"], kinds if len(kinds) > 1 else [None])
    durations, failed = score_seconds(store), failed_counts(store)
    searches = [
        {**_row(proxy, strategy), **_searched(mine), "score_seconds": durations.get(proxy, math.nan),
         "statuses": ", ".join(f"{status} {count}" for status, count in failed[proxy].most_common())}
        for (proxy, strategy), mine in groups.items()
    ]  # fmt: skip
    correlated = (correlations(store) if correlated is None else correlated).set_index(["proxy", "dataset"])
    reliability = accuracy_noise(store).set_index("dataset")["accuracy_icc"]
    compared = {name: _compared(list(groups.values()), name) for name in names}
    reported = _reported(store, kinds)
    best = best_accuracies(store)
    accuracies = []
    for place, (proxy, strategy) in enumerate(groups):
        for name in names:
            row = {**_row(proxy, strategy), "dataset": name, **compared[name][place]}
            row["published"] = reported.get((proxy, strategy, name), math.nan)
            row["regret"] = best.get(name, math.nan) - row["mean"]
            row["sampled"] = correlated.at[(proxy, name), "n"]
            row |= {field: correlated.at[(proxy, name), field] for field in CORRELATED[:-1]}
            accuracies.append({**row, "tau_corrected": corrected_tau(row["tau"], reliability[name])})
    return Comparison(pd.DataFrame(searches, columns=SEARCHES), pd.DataFrame(accuracies, columns=ACCURACIES))


def _row(proxy: str, strategy: str | None) -> dict[str, str]:
    return {"kind": PROXY, "proxy": proxy, "strategy": strategy or ""}


def _searched(mine: pd.DataFrame) -> dict[str, Any]:
    """The means over the searches of a row, and how many networks they found."""
    return {
        **{column: _mean(mine[column]) for column in SEARCH_MEANS},
        "rejected": _mean(mine["rejected"].map(lambda text: sum(counted(text).values()))),
        "search_seconds": _mean(mine["seconds"]),
        "winners": mine.loc[mine["winner"].notna(), "seed"].nunique(),
        "distinct_winners": mine["winner"].nunique(),
        "score_percentile": mine["score_percentile"].min(),
    }


def _compared(groups: Sequence[pd.DataFrame], name: str) -> list[dict[str, Any]]:
    """What the accuracies of all rows' winners on one data set say of each row."""
    values = [mine[name] for mine in groups]
    constant = [mine.loc[mine[name].notna(), "winner"].nunique() == 1 for mine in groups]
    means = mean_intervals(values, constant=constant)
    return [
        {"mean": mean, "half": half, "low": mean - half, "high": mean + half, "n": n, "letters": marks}
        for (mean, half, n), marks in zip(means, letters(values, constant=constant), strict=True)
    ]


def _reported(store: Store, kinds: Sequence[str]) -> dict[tuple[str, str | None, str], float]:
    """The published accuracies that may stand beside a row's, by proxy, strategy (None: any) and data set.

    Published were trained winners of another space, so they say nothing beside a tabular benchmark's, and of the
    published search, so they say nothing beside another's.
    """
    best = best_accuracies(store)
    told = [row for row in published().to_dict("records") if row["dataset"] not in best]
    if len(kinds) == 1 and kinds[0] != EVOLUTION:
        return {}
    strategy = EVOLUTION if len(kinds) > 1 else None
    return {(row["proxy"], strategy, row["dataset"]): row["accuracy"] for row in told}


def _groups(
    found: pd.DataFrame, proxies: pd.Series, kinds: Sequence[str | None]
) -> dict[tuple[str, str | None], pd.DataFrame]:
    """The searches behind each row of the table, by proxy and strategy; None are those of any strategy."""
    return {
        (proxy, kind): found[(found["proxy"] == proxy) & ((found["strategy"] == kind) | (kind is None))]
        for proxy in proxies
        for kind in kinds
    }


def _mean(values: pd.Series) -> float:
    present = values.dropna()
    return float(present.astype("float64").mean()) if len(present) else math.nan

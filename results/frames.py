"""The frames that reports draw of a study's searches: the comparison table, search curves and failures."""

import json
import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pandas as pd

from .convergence import convergence
from .facts import BEST
from .letters import letters
from .means import mean_intervals
from .points import datasets, strategies, winners
from .published import published
from .reliability import corrected_tau
from .replicates import accuracy_noise
from .scores import correlations, score_seconds
from .store import Store

SEARCH = ["proxy", "strategy", "seed"]
MEASURED = ("mean", "half", "low", "high", "n", "published", "regret")
CORRELATED = ("n", "tau", "tau_low", "tau_high", "rho", "rho_low", "rho_high")
PUBLISHED = "evolution"  # the strategy of the published searches
SEARCH_MEANS = ("params", "macs", "layers", "evaluations", "proposals", "duplicates")


def comparison(store: Store, correlated: pd.DataFrame | None = None) -> pd.DataFrame:
    """The study's table: one row per proxy, in the order of the `proxies` table.

    With searches of several strategies, one row per proxy and strategy: a second column `strategy` names it, and what
    is the proxy's own (`score_seconds`, the correlations, `statuses`) stands in each of its rows.

    Columns, for each data set D: `D_mean`, `D_half` (half of a 95 % interval, see `mean_intervals`), its ends `D_low`
    and `D_high`, and `D_n` over search seeds, in percent, each winner's accuracy being first averaged over its training
    seeds; `D_published` (percent, NaN where the published table has no such row, the row's strategy is another than
    "evolution", or accuracies are those of a tabular benchmark) and `D_regret` (percent points below the best accuracy
    of the tabular benchmark, which the setting `best.D` holds; NaN without). Then the means over searches of the
    winner's `params`, `macs` (multiply-adds) and `layers`, of `evaluations`, `proposals`, `duplicates`, `rejected` and
    `search_seconds`, and `score_seconds`, the median over the sampled architectures of what one score took. Then `n_D`,
    `tau_D`, `tau_low_D`, `tau_high_D` and the same for rho, over the sampled architectures. `statuses`, the count of
    every status but "ok" as text ("error 300, nan 2"), and `winners`, how many search seeds found one.

    Then `distinct_winners`, how many different networks those are; `score_percentile`, the lowest of the row's searches
    (see `convergence`); `letters_D`, which rows can be told apart (see `letters`); `tau_corrected_D`, tau corrected for
    the noise of the accuracies where that is known (see `corrected_tau`, `accuracy_noise`); and `kind`, here always
    "proxy": `with_references` adds others.
    `correlated` is the frame of `correlations`, for a caller that has it: its bootstrap is the slow part.
    """
    names = datasets(store)
    found = winners(store)
    reference = published().set_index(["proxy", "dataset"])["accuracy"]
    correlated = (correlations(store) if correlated is None else correlated).set_index(["proxy", "dataset"])
    best, durations = best_accuracies(store), score_seconds(store)
    failed = _failed_counts(store)
    reliability = accuracy_noise(store).set_index("dataset")["accuracy_icc"]
    kinds = strategies(store)
    several = len(kinds) > 1
    found = found.merge(convergence(store)[[*SEARCH, "score_percentile"]], on=SEARCH)
    groups = _groups(found, store.proxies()["proxy"], kinds if several else [None])
    compared = {name: _compared(list(groups.values()), name) for name in names}
    rows = []
    for place, ((proxy, strategy), mine) in enumerate(groups.items()):
        row: dict[str, Any] = {"proxy": proxy, "strategy": strategy, "kind": "proxy"}
        for name in names:
            row |= compared[name][place]
            # Published were trained winners of another space, so they say nothing beside a tabular benchmark's, and of
            # the published search, so they say nothing beside another's.
            told = name not in best and (strategy or (kinds or [PUBLISHED])[0]) == PUBLISHED
            row[f"{name}_published"] = reference.get((proxy, name), math.nan) if told else math.nan
            row[f"{name}_regret"] = best.get(name, math.nan) - row[f"{name}_mean"]
        row |= {column: _mean(mine[column]) for column in SEARCH_MEANS}
        row["rejected"] = _mean(mine["rejected"].map(lambda text: sum(_counts(text).values())))
        row["search_seconds"] = _mean(mine["seconds"])
        row["score_seconds"] = durations.get(proxy, math.nan)
        for name in names:
            row |= {f"{field}_{name}": correlated.at[(proxy, name), field] for field in CORRELATED}
            row[f"tau_corrected_{name}"] = corrected_tau(row[f"tau_{name}"], reliability[name])
        row["statuses"] = ", ".join(f"{status} {count}" for status, count in failed[proxy].most_common())
        row["winners"] = mine.loc[mine["winner"].notna(), "seed"].nunique()
        row["distinct_winners"] = mine["winner"].nunique()
        row["score_percentile"] = mine["score_percentile"].min()
        rows.append(row)
    return pd.DataFrame(rows, columns=_comparison_columns(names, several))


def _compared(groups: Sequence[pd.DataFrame], name: str) -> list[dict[str, Any]]:
    """What the accuracies of all rows' winners on one data set say of each row."""
    values = [mine[name] for mine in groups]
    constant = [mine.loc[mine[name].notna(), "winner"].nunique() == 1 for mine in groups]
    means = mean_intervals(values, constant=constant)
    return [
        {f"{name}_mean": mean, f"{name}_half": half, f"{name}_low": mean - half, f"{name}_high": mean + half,
         f"{name}_n": n, f"letters_{name}": marks}
        for (mean, half, n), marks in zip(means, letters(values, constant=constant), strict=True)
    ]  # fmt: skip


def search_curves(store: Store) -> pd.DataFrame:
    """Best score so far: `proxy, strategy, seed, evaluation, value`, to be drawn as steps.

    One row where the best improved, and one at the last evaluation of the search; in between it is constant. Scores
    that have no value outside a population (relative proxies) make no curve.
    """
    search = ["proxy", "strategy", "seed"]
    columns = [*search, "evaluation", "value"]
    improved = store.curves()[columns].dropna(subset="value")
    ends = store.searches().dropna(subset=["value", "evaluations"])
    ends = ends.assign(evaluation=ends["evaluations"].astype("int64"))[columns]
    ends = ends.merge(improved[search].drop_duplicates(), on=search)
    together = pd.concat([improved, ends], ignore_index=True)
    together = together.drop_duplicates([*search, "evaluation"])
    order = {proxy: place for place, proxy in enumerate(store.proxies()["proxy"])}
    return together.sort_values(
        columns[:4], key=lambda column: column.map(order) if column.name == "proxy" else column, ignore_index=True
    )


def failures(store: Store) -> pd.DataFrame:
    """What did not go well: `stage`, `subject`, `status`, `count`, `reason` (one example).

    `stage` is "score", "search", "training" or "measurement"; `subject` is the proxy (with the strategy of a search,
    where there are several), the data set of a training or the quantity that was measured.
    """
    scores = store.score_statuses().query("status != 'ok'").rename(columns={"proxy": "subject"}).assign(stage="score")
    searches = store.searches().query("status != 'done'").assign(stage="search")
    several = len(strategies(store)) > 1
    searches["subject"] = searches["proxy"] + (", " + searches["strategy"] if several else "")
    trainings = store.trainings().query("status != 'ok'").rename(columns={"dataset": "subject"})
    trainings = trainings.sort_values("architecture")  # they end in any order
    measured = store.measurements().query("status != 'ok'").rename(columns={"quantity": "subject"})
    parts = [scores]
    for frame in (searches, trainings.assign(stage="training"), measured.assign(stage="measurement")):
        groups = frame.groupby(["stage", "subject", "status"], sort=False)["reason"]
        parts.append(groups.agg(count="size", reason="first").reset_index())
    return pd.concat(parts, ignore_index=True)[["stage", "subject", "status", "count", "reason"]]


def best_accuracies(store: Store) -> dict[str, float]:
    """The best accuracy there is, in percent, of each data set of a tabular benchmark."""
    settings = store.settings()[["key", "value"]].itertuples(index=False, name=None)
    return {key.removeprefix(BEST): float(value) for key, value in settings if key.startswith(BEST)}


def _failed_counts(store: Store) -> dict[str, Counter[str]]:
    """How often each proxy gave each status but ok.

    An evaluation of a search is usually a stored score as well, and may be one of another strategy's search, so the
    largest of these counts stands, not their sum.
    """
    told = {proxy: Counter[str]() for proxy in store.proxies()["proxy"]}
    for (proxy, _), texts in store.searches().groupby(["proxy", "strategy"], sort=False)["statuses"]:
        searched = Counter[str]()
        for text in texts:
            searched.update(_counts(text))
        told[proxy] = told.get(proxy, Counter()) | searched
    for proxy, status, count, _ in store.score_statuses().itertuples(index=False):
        counts = told.setdefault(proxy, Counter())  # the study may not list a proxy that `correlate` scored with
        counts[status] = max(counts[status], count)
    return {proxy: Counter({s: n for s, n in counts.items() if s != "ok" and n}) for proxy, counts in told.items()}


def _counts(text: object) -> dict[str, int]:
    """The mapping that a `json` column holds as text; empty where it is missing."""
    return json.loads(text) if isinstance(text, str) else {}


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


def _comparison_columns(names: list[str], several: bool) -> list[str]:
    columns = ["proxy", *["strategy"] * several]
    columns += [
        f"{name}_{part}" for name in names for part in ("mean", "half", "low", "high", "n", "published", "regret")
    ]
    columns += [*SEARCH_MEANS, "rejected", "search_seconds", "score_seconds"]
    columns += [f"{field}_{name}" for name in names for field in CORRELATED]
    columns += ["statuses", "winners", "distinct_winners", "score_percentile"]
    columns += [f"{field}_{name}" for name in names for field in ("letters", "tau_corrected")]
    return [*columns, "kind"]

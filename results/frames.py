"""How a study's searches went, and what failed."""

import json
from collections import Counter

import pandas as pd

from .facts import BEST
from .points import strategies
from .store import Store


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


def failed_counts(store: Store) -> dict[str, Counter[str]]:
    """How often each proxy gave each status but ok.

    An evaluation of a search is usually a stored score as well, and may be one of another strategy's search, so the
    largest of these counts stands, not their sum.
    """
    told = {proxy: Counter[str]() for proxy in store.proxies()["proxy"]}
    for (proxy, _), texts in store.searches().groupby(["proxy", "strategy"], sort=False)["statuses"]:
        searched = Counter[str]()
        for text in texts:
            searched.update(counted(text))
        told[proxy] = told.get(proxy, Counter()) | searched
    for proxy, status, count, _ in store.score_statuses().itertuples(index=False):
        counts = told.setdefault(proxy, Counter())  # the study may not list a proxy that `correlate` scored with
        counts[status] = max(counts[status], count)
    return {proxy: Counter({s: n for s, n in counts.items() if s != "ok" and n}) for proxy, counts in told.items()}


def counted(text: object) -> dict[str, int]:
    """The mapping that a `json` column holds as text; empty where it is missing."""
    return json.loads(text) if isinstance(text, str) else {}

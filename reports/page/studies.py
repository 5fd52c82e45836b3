"""Several studies on one page: what differs in their settings, and their numbers side by side, never merged."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import pandas as pd

from ...results import Comparison, Store, accuracy_noise, comparison, correlations, facts, over_random, with_references
from ..settings import sentences
from ..statistics import gather, together
from ..table import measured, tied_with_best
from ..text import DASH, dataset_label, minus, missing
from . import of_scores
from .build import labels_of
from .figure import Figure
from .grid import Entry, Grid, Head, signed
from .rendering import render
from .verdict import Verdict, verdict

# Where these differ, numbers of two studies do not compare, and why.
TELLING = {
    facts.SPACE: "architectures of another space",
    facts.BUDGET: "networks of another size",
    facts.SEARCH: "searches of another length or other seeds",
    facts.SCORE: "scores under another setting",
    facts.SAMPLE: "correlations over another sample",
    facts.TRAINING: "accuracies of another training",
}
ABSENT = "not stored"


class Study(NamedTuple):
    """What the page shows of one study."""

    name: str
    settings: dict[str, str]
    comparison: Comparison
    verdict: Verdict
    taus: list[Figure]
    labels: dict[str, str]


def studies_page(stores: Mapping[str, Store]) -> str:
    """The page as HTML; `stores` are the studies by the name under which they are shown, such as their folder."""
    studies = [_study(name, store) for name, store in stores.items()]
    differing, shared = settings_of({one.name: one.settings for one in studies})
    return render(
        "studies.html.jinja",
        name=f"{len(studies)} studies side by side",
        studies=studies,
        differing=differing,
        shared=shared,
        reasons=[why for key, why in TELLING.items() if len({*differing.get(key, [])} - {ABSENT}) > 1],
        comparison_table=side_by_side(studies),
    )


def _study(name: str, store: Store) -> Study:
    correlated = correlations(store)
    compared = with_references(store, comparison(store, correlated))
    labels, noise = labels_of(store), accuracy_noise(store)
    found = verdict(compared, together(gather(store, correlated)), noise, labels)
    told = sentences(facts.read(store), Counter(store.samples()["stratum"]))
    return Study(name, told, compared, found, of_scores.taus(correlated, noise, labels), labels)


def settings_of(settings: Mapping[str, Mapping[str, str]]) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The settings that differ, a value for each study, and those that are the same in all; names do not count."""
    keys = dict.fromkeys(key for each in settings.values() for key in each)
    for key in (facts.NAME, facts.DESCRIPTION, facts.WALL_SECONDS):
        keys.pop(key, None)
    values = {key: [each.get(key, ABSENT) for each in settings.values()] for key in keys}
    differing = {key: told for key, told in values.items() if len(set(told)) > 1}
    return differing, {key: told[0] for key, told in values.items() if key not in differing}


def side_by_side(studies: list[Study]) -> Grid:
    """A row for each proxy (and strategy), and columns of each study and data set: what it measured."""
    rows = dict.fromkeys(
        key for one in studies for key in one.comparison.searches[["kind", "proxy", "strategy"]].itertuples(index=False)
    )
    labels = {proxy: label for one in studies for proxy, label in one.labels.items()}
    names = [_name(key, labels) for key in rows]
    columns: list[tuple[Head, dict[Any, Entry]]] = []
    for one in studies:
        gained = over_random(one.comparison)
        for name in one.comparison.datasets:
            on, title = one.comparison.on(name), f"{one.name}: {dataset_label(name)}"
            gains = gained[gained["dataset"] == name]
            columns.append((Head(f"{title}, %", "letters and bold compare within this column only"), _accuracies(on)))
            columns.append((Head(f"{title} over random"), _entries(gains, "difference", signed)))
            columns.append((Head(f"{title}, τ"), _entries(on, "tau", lambda tau: minus(f"{tau:.2f}"))))
    empty = Entry(DASH)
    order = sorted(range(len(rows)), key=lambda place: list(rows)[place].kind != "proxy")
    keys = list(rows)
    return Grid(
        [Head("Proxy"), *(head for head, _ in columns)],
        [
            (keys[place].kind != "proxy", [names[place], *(cells.get(keys[place], empty) for _, cells in columns)])
            for place in order
        ],
    )


def _name(key: Any, labels: Mapping[str, str]) -> Entry:
    label = labels.get(key.proxy, key.proxy) if key.kind == "proxy" else key.proxy
    return Entry(f"{label}, {key.strategy}" if key.strategy else label, label.casefold())


def _accuracies(on: pd.DataFrame) -> dict[Any, Entry]:
    tied = tied_with_best(on)
    keys = on[["kind", "proxy", "strategy"]].itertuples(index=False)
    return {
        key: Entry(measured(row), None if missing(row["mean"]) else row["mean"], letters=row["letters"],
                   best=place in tied)
        for place, (key, row) in enumerate(zip(keys, on.to_dict("records"), strict=True))
    }  # fmt: skip


def _entries(frame: pd.DataFrame, column: str, tell: Any) -> dict[Any, Entry]:
    keys = frame[["kind", "proxy", "strategy"]].itertuples(index=False)
    return {
        key: Entry(DASH) if missing(value) else Entry(tell(value), float(value))
        for key, value in zip(keys, frame[column].tolist(), strict=True)
    }

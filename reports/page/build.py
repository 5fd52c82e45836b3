"""The report's page: one HTML file that needs no other and no network, and is read from top to bottom."""

from collections import Counter
from typing import Any

import pandas as pd

from ...results import (
    Comparison,
    Store,
    accuracy_noise,
    checked_budgets,
    correlations,
    facts,
    failures,
    predicted_latencies,
    with_references,
)
from ...results import comparison as compare
from ..latency import budget_rows, told_error
from ..legend import legend, warning
from ..names import proxy_label
from ..noise import EXPLAINED as NOISE_EXPLAINED
from ..noise import noise_sheets
from ..settings import accuracy_source, sentences
from ..settings import environment as machine
from ..statistics import EXPLAINED, Evidence, Sheet, gather, sheets, together
from ..text import DASH, dataset_label, minus, missing
from . import of_scores, of_searches
from .grid import Entry, Grid, Head, comparison_grid
from .predicted import latency
from .rendering import as_json, render
from .scatter import scatter_data
from .verdict import verdict
from .winners import winner_rows


def page(store: Store, comparison: Comparison, evidence: Evidence, noise: pd.DataFrame) -> str:
    """The page as HTML.

    `comparison` is that of `results.with_references`, `noise` the frame of `results.accuracy_noise`.
    """
    known = facts.read(store)
    settings = sentences(known, Counter(store.samples()["stratum"]))
    labels = labels_of(store)
    datasets = sorted(store.trainings()["dataset"].unique())
    statistics = together(evidence)
    correlated = evidence.correlations
    data = scatter_data(store, correlated, labels) if not correlated.empty else {"panels": []}
    return render(
        "study.html.jinja",
        name=known.get(facts.NAME, "zsbench study"),
        description=known.get(facts.DESCRIPTION, ""),
        settings={key: text for key, text in settings.items() if key not in (facts.NAME, facts.WALL_SECONDS)},
        wall=told_time(known.get(facts.WALL_SECONDS)),
        environment=machine(known),
        rows=row_counts(store),
        accuracies=accuracy_source(store, known),
        verdict=verdict(comparison, statistics, noise, labels),
        comparison_table=comparison_grid(comparison, labels),
        legend=legend(comparison),
        warning=warning(comparison),
        gains=of_searches.gains(comparison, labels),
        ranked=of_searches.ranked(store, labels),
        data=as_json(data) if data["panels"] else "",
        panels=_by_dataset(data["panels"]),
        taus=of_scores.taus(correlated, noise, labels),
        ladder=of_scores.ladder(correlated, labels),
        fronts=of_scores.fronts(correlated, evidence.noise, labels),
        likeness=of_scores.likeness(store, labels),
        spent=of_searches.budget_panels(store, labels),
        progress=of_searches.progress(store, labels),
        sheets=[sheet_grid(sheet, labels) for sheet in sheets(evidence)],
        explained=EXPLAINED,
        noise_sheets=[sheet_grid(sheet, labels) for sheet in noise_sheets(noise, comparison)],
        noise_explained=NOISE_EXPLAINED,
        several=comparison.several,
        relative=store.proxies()["relative"].dropna().size > 0,
        winners=winner_rows(store, labels, datasets),
        drawn=of_searches.drawn_winners(store, labels),
        datasets=[dataset_label(name) for name in datasets],
        budgets=budget_rows(checked_budgets(store)),
        latency=latency(predicted_latencies(store)),
        predicted=told_error(predicted_latencies(store)),
        failures=_texts(failures(store)),
        proxies=_texts(store.proxies()),
        labels=labels,
    )


def page_of(store: Store) -> str:
    """The page of a study, from its rows alone."""
    correlated = correlations(store)
    table = with_references(store, compare(store, correlated))
    return page(store, table, gather(store, correlated), accuracy_noise(store))


def labels_of(store: Store) -> dict[str, str]:
    """What people read in place of each proxy's id."""
    known = [*store.proxies()["proxy"], *store.searches()["proxy"].unique()]
    return {name: proxy_label(name) for name in dict.fromkeys(known)}


def sheet_grid(sheet: Sheet, labels: dict[str, str]) -> tuple[str, Grid]:
    """A statistics table as a grid that can be sorted, with the proxies' names."""
    rows = []
    for cells in sheet.rows:
        first = labels.get(cells[0].text, cells[0].text)
        entries = [Entry(first, first.casefold())]
        for cell in cells[1:]:
            text, _, ends = cell.text.partition(" [")
            small = " to ".join(map(minus, ends.rstrip("]").split(", ")))
            entries.append(Entry(minus(text), _number(text), small, best=cell.best))
        rows.append((cells[0].aside, entries))
    return sheet.title, Grid([Head(title or "Quantity") for title in sheet.header], rows)


def _number(text: str) -> float | str | None:
    try:
        return float(text)
    except ValueError:
        return text if text != DASH else None


def told_time(value: object) -> str:
    """Seconds of a study as a person tells them: "57 min"."""
    try:
        whole = float(str(value))
    except ValueError:
        return ""
    if whole < 120:
        return f"{whole:.0f} s"
    return f"{whole / 60:.0f} min" if whole < 7200 else f"{whole / 3600:.1f} h"


def row_counts(store: Store) -> dict[str, int]:
    """How many rows of each kind the study keeps."""
    return {
        "scores": int(store.score_statuses()["count"].sum()),
        "searches": len(store.searches()),
        "sampled architectures": len(store.samples()),
        "trainings or looked-up accuracies": len(store.trainings()),
    }


def _by_dataset(panels: list[dict[str, Any]]) -> dict[str, list[tuple[int, dict[str, Any]]]]:
    """The scatter plots with their places in the data, by the data set's label."""
    found: dict[str, list[tuple[int, dict[str, Any]]]] = {}
    for place, panel in enumerate(panels):
        found.setdefault(dataset_label(panel["dataset"]), []).append((place, panel))
    return found


def _texts(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {str(column): "" if missing(value) else value for column, value in record.items()}
        for record in frame.to_dict("records")
    ]

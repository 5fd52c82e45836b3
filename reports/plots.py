"""Which figures a study has: extracts the frames from the store and hands them to the drawing functions."""

import json
from collections.abc import Iterator

import pandas as pd
from matplotlib.figure import Figure

from ..results import (
    Comparison,
    Store,
    accuracy_curves,
    accuracy_noise,
    best_accuracies,
    budgets,
    points,
    predicted_latencies,
    search_curves,
)
from .bars import accuracy_dots, correlation_dots
from .budgets import budget_grid
from .curves import search_grid
from .diagram import diagram, sheet
from .latency import latency_scatter
from .scatter import Panel, scatter_grid
from .text import directed, file_stem


def figures(
    store: Store,
    comparison: Comparison,
    correlations: pd.DataFrame,
    noise: pd.DataFrame | None = None,
    spent: pd.DataFrame | None = None,
) -> Iterator[tuple[str, Figure]]:
    """The figures that the stored rows allow, each with its file name less the suffix, one at a time.

    `scatter_D` for each data set D, `correlation`, `accuracy`, `search`,
    `accuracy_over_evaluations_D`, `accuracy_over_seconds_D`, `latency`, and `winners_S` for each search seed S.
    `comparison` (with or without references), `correlations`, `noise` (`accuracy_noise`) and `spent` (`budgets`) are
    those of `results`, taken as arguments because the report prints them as well.
    """
    noise = accuracy_noise(store) if noise is None else noise
    spent = budgets(accuracy_curves(store)) if spent is None else spent
    plotted = points(store)
    for dataset in plotted["dataset"].unique():
        drawn = panels(store, comparison, correlations, dataset, plotted)
        yield f"scatter_{file_stem(dataset)}", scatter_grid(drawn)
    if correlations["tau"].notna().any():
        yield "correlation", correlation_dots(correlations, noise)
    if comparison.of("proxy").accuracies["mean"].notna().any():
        yield "accuracy", accuracy_dots(comparison)
    curves = search_curves(store)
    if not curves.empty:
        names = store.proxies()[["proxy", "higher_is_better"]].itertuples(index=False)
        labels = {proxy: directed(proxy, upwards) for proxy, upwards in names}
        yield "search", search_grid(curves, labels, _notes(store, comparison))
    best = best_accuracies(store)
    for dataset in spent["dataset"].unique():
        for axis in spent.loc[spent["dataset"] == dataset, "axis"].unique():
            here = spent[(spent["dataset"] == dataset) & (spent["axis"] == axis)]
            yield f"accuracy_over_{axis}_{file_stem(dataset)}", budget_grid(here, axis, best.get(dataset))
    latencies = predicted_latencies(store)
    if not latencies.empty:
        yield "latency", latency_scatter(latencies)
    yield from _winners(store, several=comparison.several)


def _winners(store: Store, several: bool) -> Iterator[tuple[str, Figure]]:
    """The structures of the winners, one figure a search seed: all proxies, and strategies where there are several."""
    order = {proxy: place for place, proxy in enumerate(store.proxies()["proxy"])}
    found = store.searches().dropna(subset="blocks")
    found = found.assign(place=found["proxy"].map(order)).sort_values(["place", "strategy"])
    for seed, rows in found.groupby("seed"):
        diagrams = [
            diagram(f"{row['proxy']}, {row['strategy']}" if several else row["proxy"], row, json.loads(row["blocks"]))
            for row in rows.to_dict("records")
        ]
        yield f"winners_{seed}", sheet(diagrams)


def _notes(store: Store, comparison: Comparison) -> dict[str, str]:
    """What to say of a proxy that has no search curve."""
    searched = set(store.searches(status="done")["proxy"])
    relative = set(store.proxies().dropna(subset="relative")["proxy"]) & searched
    failed = dict(comparison.of("proxy").searches[["proxy", "statuses"]].itertuples(index=False))
    ranked = "no score of its own:\nranked among\nall candidates"
    return {
        proxy: ranked if proxy in relative else f"no score: {statuses}" if statuses else ""
        for proxy, statuses in failed.items()
    }


def panels(
    store: Store,
    comparison: Comparison,
    correlations: pd.DataFrame,
    dataset: str,
    plotted: pd.DataFrame | None = None,
) -> list[Panel]:
    """What a scatter plot shows of each proxy on a data set; `plotted` is `results.points`, where it is at hand."""
    plotted = points(store) if plotted is None else plotted
    upwards = store.proxies().set_index("proxy")["higher_is_better"]
    numbers = correlations[correlations["dataset"] == dataset].set_index("proxy")
    here = plotted[plotted["dataset"] == dataset]
    statuses = comparison.of("proxy").searches.drop_duplicates("proxy")[["proxy", "statuses"]]
    return [
        Panel(
            proxy=proxy,
            points=here[here["proxy"] == proxy],
            correlation=numbers.loc[proxy],
            higher_is_better=bool(upwards[proxy]),
            note=f"no score: {failed}" if failed else "nothing scored and trained yet",
        )
        for proxy, failed in statuses.itertuples(index=False)
    ]

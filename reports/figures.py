"""The figures of a paper, each drawn by one call from a frame of `results`; see `single` for what they share."""

import math
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba

from .single import axes, dataset_text, one, proxy_text, rows
from .style import fit_scale
from .text import bounded

MARKERS = "osD^v<"
ROW = 0.24  # inches of a row
KINDS = (("sample", "sampled network", "o", 1.0), ("winner", "winner of a search", "*", 2.2))
LONG = 24  # characters of a label beside which no other stands


def plot_scatter(
    points: pd.DataFrame,
    ax: Axes | None = None,
    *,
    proxy: str | None = None,
    dataset: str | None = None,
    correlations: pd.DataFrame | None = None,
) -> Axes:
    """Score against accuracy of one proxy on one data set, from the frame of `results.points`.

    `proxy` and `dataset` choose where the frame has several (ValueError without). With the frame of
    `results.correlations`, Kendall's τ and its interval stand above.
    """
    here = one(one(points, "proxy", proxy), "dataset", dataset)
    name, where = str(here["proxy"].iloc[0]), str(here["dataset"].iloc[0])
    with axes(ax, height=2.4) as drawn:
        for place, (kind, label, marker, larger) in enumerate(KINDS):
            mine, size = here[here["kind"] == kind], larger * mpl.rcParams["lines.markersize"]
            if not mine.empty:
                edge: dict[str, Any] = {"mec": "white", "mew": 0.4, "label": label}
                drawn.plot(mine["score"], mine["accuracy"], marker, ms=size, **_colour(place), **edge)
        fit_scale(drawn, "x", here["score"])
        drawn.set_xlabel(f"{proxy_text(name)} score".replace("\n", " "))
        drawn.set_ylabel(f"{dataset_text(where)} accuracy (%)".replace("%", _percent()))
        if correlations is not None:
            row = correlations[(correlations["proxy"] == name) & (correlations["dataset"] == where)].iloc[0]
            drawn.set_title(f"τ = {bounded(row['tau'], row['tau_low'], row['tau_high'])}, n = {row['n']}")
        drawn.legend()
    return drawn


def plot_correlations(correlations: pd.DataFrame, ax: Axes | None = None, *, noise: pd.DataFrame | None = None) -> Axes:
    """Kendall's τ and its 95 % interval of each proxy, the best on top, from the frame of `results.correlations`.

    A series for each data set. With the frame of `results.accuracy_noise`, a dashed line at the τ
    between two trainings.
    """
    wide = correlations.pivot(index="proxy", columns="dataset", values="tau")
    order = wide.mean(axis=1).sort_values(ascending=False, na_position="last", kind="stable").index
    names = correlations["dataset"].unique()
    apart = min(0.2, 0.6 / len(names))
    with axes(ax, height=0.8 + ROW * len(order)) as drawn:
        heights = rows(drawn, [proxy_text(str(name)) for name in order])
        drawn.axvline(0, color="0.6", linewidth=0.8, zorder=0)
        for place, name in enumerate(names):
            mine = correlations[correlations["dataset"] == name].set_index("proxy").loc[order]
            at = heights + (place - (len(names) - 1) / 2) * apart
            _dots(drawn, mine["tau"], mine["tau_low"], mine["tau_high"], at, place, dataset_text(str(name)))
            limit = math.nan if noise is None else noise.set_index("dataset")["noise_ceiling_tau"].get(name, math.nan)
            if not math.isnan(limit):
                label = f"two trainings, {limit:.2f}"
                drawn.axvline(limit, **_colour(place), linestyle="--", linewidth=0.9, zorder=0, label=label)
        drawn.set_xlabel("Kendall's τ, score against accuracy")
        _legend(drawn)
    return drawn


def plot_accuracies(
    accuracies: pd.DataFrame, ax: Axes | None = None, *, dataset: str | None = None, published: bool = False
) -> Axes:
    """Mean accuracy of the winners and its 95 % interval, from `Comparison.accuracies`.

    Rows of the kind "reference" are lines across. `dataset` chooses where the frame has several (ValueError without).
    `published` draws the published accuracies too, which say something beside a study of their budget and recipe only.
    """
    here = one(accuracies, "dataset", dataset)
    mine, references = here[here["kind"] == "proxy"], here[here["kind"] != "proxy"].dropna(subset=["mean"])
    labels = [_named(row) for row in mine.to_dict("records")]
    with axes(ax, height=0.9 + ROW * len(labels)) as drawn:
        heights = rows(drawn, labels)
        low, high = mine["mean"] - mine["half"], mine["mean"] + mine["half"]
        _dots(drawn, mine["mean"], low, high, heights, 0, "measured")
        if published and mine["published"].notna().any():
            drawn.plot(mine["published"], heights, "D", **_colour(1), mfc="none", label="published")
        for style, row in zip((":", "--"), references.to_dict("records"), strict=False):
            label = proxy_text(row["proxy"]).replace("\n", " ")
            drawn.axvline(row["mean"], color="0.5", linestyle=style, linewidth=0.9, zorder=0, label=label)
        drawn.set_xlabel(f"{dataset_text(str(here['dataset'].iloc[0]))} accuracy (%)".replace("%", _percent()))
        drawn.set_xlim(right=min(100.5, drawn.get_xlim()[1]))  # an interval may pass 100 %, an accuracy cannot
        _legend(drawn)
    return drawn


def plot_ladder(correlations: pd.DataFrame, ax: Axes | None = None, *, dataset: str | None = None) -> Axes:
    """What is left of each τ among networks of one size, from the frame of `results.correlations`, the best on top.

    Hollow: over all pairs; filled, with its 95 % interval: over pairs within a tenth of the sample by parameters. Size
    alone explains what a proxy loses on the way. `dataset` chooses where the frame has several (ValueError without).
    """
    here = one(correlations, "dataset", dataset)
    here = here.sort_values("tau_within_deciles", ascending=False, na_position="last", kind="stable")
    with axes(ax, height=0.8 + ROW * len(here)) as drawn:
        heights = rows(drawn, [proxy_text(str(name)) for name in here["proxy"]])
        drawn.axvline(0, color="0.6", linewidth=0.8, zorder=0)
        drawn.hlines(heights, here["tau"], here["tau_within_deciles"], color="0.8", linewidth=2.5, zorder=0)
        drawn.plot(here["tau"], heights, "o", **_colour(1), mfc="none", label="all pairs")
        tau, low, high = (here[f"tau_within_deciles{end}"] for end in ("", "_low", "_high"))
        _dots(drawn, tau, low, high, heights, 0, "pairs of one size")
        drawn.set_xlabel(f"Kendall's τ on {dataset_text(str(here['dataset'].iloc[0]))}")
        _legend(drawn)
    return drawn


def plot_search(curves: pd.DataFrame, ax: Axes | None = None, *, proxy: str | None = None) -> Axes:
    """Best score so far over the evaluations of one proxy's searches, from the frame of `results.search_curves`.

    `proxy` chooses where the frame has several (ValueError without). A line for each search.
    """
    here = one(curves, "proxy", proxy)
    several = here["strategy"].nunique() > 1
    with axes(ax, height=2.2) as drawn:
        for (strategy, seed), line in here.groupby(["strategy", "seed"]):
            label = f"{dataset_text(str(strategy))}, seed {seed}" if several else f"seed {seed}"
            drawn.plot(line["evaluation"], line["value"], drawstyle="steps-post", label=label)
        fit_scale(drawn, "y", here["value"])
        drawn.set_xlabel("evaluations")
        drawn.set_ylabel(f"best {proxy_text(str(here['proxy'].iloc[0]))} score".replace("\n", " "))
        drawn.autoscale_view()
        drawn.legend()
    return drawn


def _dots(ax: Axes, values: Any, low: Any, high: Any, heights: np.ndarray, place: int, label: str) -> None:
    """Dots over horizontal intervals; a value without an interval keeps its dot."""
    ax.hlines(heights, low, high, **_colour(place))
    ax.plot(values, heights, MARKERS[place % len(MARKERS)], **_colour(place), label=label)


def _colour(place: int) -> dict[str, Any]:
    """A colour of the style that is in force now: "C0" would be looked up when the figure is drawn."""
    return {"color": to_rgba(f"C{place}")}


def _legend(ax: Axes) -> None:
    """Above the axes, since every row may be taken."""
    labels = ax.get_legend_handles_labels()[1]
    ncols = 1 if any(len(label) > LONG for label in labels) else 2
    ax.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=ncols, borderaxespad=0.2, handletextpad=0.4)


def _named(row: dict[Any, Any]) -> str:
    return proxy_text(row["proxy"]) + (f"\n{dataset_text(row['strategy'])}" if row["strategy"] else "")


def _percent() -> str:
    return dataset_text("%")

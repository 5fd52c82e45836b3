"""Dot plots over proxies: rank correlations with their intervals, and accuracies measured beside published."""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ..results import Comparison
from .style import COLUMN, GREY, PAGE, SERIES, VERMILLION, style
from .text import dataset_label, figure_lines, figure_text

ROW_HEIGHT = 0.26  # inches per proxy
APART = 0.06  # inches between the dots of two data sets in a row
MARKERS = "osD^v<"
LINES = (":", "--")  # of the references


def correlation_dots(correlations: pd.DataFrame, noise: pd.DataFrame) -> Figure:
    """Kendall's tau-b and its interval per proxy and data set, the proxies from best to worst.

    Where `noise`, the frame of `results.accuracy_noise`, knows it: a dashed line at the tau between two trainings, and
    the region shaded that no score can be expected to reach, above `perfect_tau`.
    """
    wide = correlations.pivot(index="proxy", columns="dataset", values="tau")
    names = list(correlations["dataset"].unique())
    proxies = list(wide.mean(axis=1).sort_values(ascending=False, na_position="last", kind="stable").index)
    with style():
        row_height = max(ROW_HEIGHT, 0.14 + APART * len(names))
        figure = _figure(COLUMN, len(proxies), row_height)
        ax = figure.add_subplot()
        ax.axvline(0, color=GREY, linewidth=0.8)
        for place, name in enumerate(names):
            mine = correlations[correlations["dataset"] == name].set_index("proxy").loc[proxies]
            heights = np.arange(len(proxies)) + (place - (len(names) - 1) / 2) * APART / row_height
            _dots(ax, mine["tau"], mine["tau_low"], mine["tau_high"], heights, place, figure_text(dataset_label(name)))
        limits = noise.set_index("dataset")
        for place, name in enumerate(names):
            _limits(ax, limits.loc[name], place, figure_text(dataset_label(name)) if len(names) > 1 else "")
        absent = [row for row, proxy in enumerate(proxies) if wide.loc[proxy].isna().all()]
        for row in absent:
            ax.text(0.02, row, "no correlation", va="center", color=GREY, fontsize=6)
        _label_rows(ax, [_label(proxy) for proxy in proxies])
        ax.set_xlim(min(-0.25, _low(correlations["tau_low"]) - 0.05), 1.02)
        ax.set_xlabel("Kendall's τ, score against accuracy (95 % interval)")
        columns = len(names) if noise["noise_ceiling_tau"].isna().all() else 1
        figure.legend(loc="outside upper center", ncols=columns, handletextpad=0.4)
    return figure


def _limits(ax: Axes, noise: pd.Series, place: int, name: str) -> None:
    """What noise of the accuracies leaves to be reached, on one data set."""
    ceiling, perfect = noise["noise_ceiling_tau"], noise["perfect_tau"]
    colour, where = SERIES[place % len(SERIES)], f"{name}: " if name else ""
    if not math.isnan(ceiling):
        label = f"{where}τ between two trainings, {ceiling:.2f}"
        ax.axvline(ceiling, color=colour, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0, label=label)
    if not math.isnan(perfect):
        label = f"{where}above what a perfect score reaches, {perfect:.2f}"
        ax.axvspan(perfect, 1.1, color=colour, alpha=0.12, linewidth=0, zorder=0, label=label)


def accuracy_dots(comparison: Comparison) -> Figure:
    """Mean accuracy of the winners and its interval beside the published one, a panel per data set.

    The rows of `results.with_references`, which are no proxies, are lines across.
    """
    proxies, references = comparison.of("proxy"), comparison.of("reference")
    frames = {name: proxies.on(name) for name in proxies.datasets}
    frames = {name: frame for name, frame in frames.items() if frame["mean"].notna().any()}
    labels = [_label(proxy) for proxy in proxies.searches["proxy"]]
    if proxies.several:
        strategies = proxies.searches["strategy"]
        labels = [f"{label}\n{figure_text(strategy)}" for label, strategy in zip(labels, strategies, strict=True)]
    heights = np.arange(len(labels))
    with style():
        figure = _figure(COLUMN if len(frames) == 1 else PAGE, len(labels))
        first: Axes | None = None
        for place, (name, frame) in enumerate(frames.items()):
            ax = figure.add_subplot(1, len(frames), place + 1, sharey=first)
            mean, half = frame["mean"], frame["half"]
            _dots(ax, mean, mean - half, mean + half, heights, 0, None if first else "measured (95 % interval)")
            known = frame["published"]
            if known.notna().any():
                ax.plot(known, heights, "D", ms=4, mfc="none", mec=VERMILLION, mew=0.9,
                        label=None if first else "published (other budget)")  # fmt: skip
            known_as = references.on(name)[["proxy", "mean"]]
            for line, (title, value) in zip(LINES, known_as.itertuples(index=False), strict=False):
                ax.axvline(
                    value,
                    color=GREY,
                    linewidth=0.9,
                    linestyle=line,
                    zorder=0,
                    label=None if first else figure_text(title),
                )
            ax.set_xlabel(f"{figure_text(dataset_label(name))} accuracy (%)")
            ax.xaxis.set_major_locator(MaxNLocator(5))
            ax.set_xlim(right=min(100.5, ax.get_xlim()[1]))  # an interval may pass 100 %, an accuracy cannot
            first = first or ax
            _label_rows(ax, labels)
            ax.tick_params(labelleft=ax is first)
        handles, told = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles[::-1], told[::-1], loc="outside upper center", ncols=2, handletextpad=0.2)
    return figure


def _figure(width: float, rows: int, row_height: float = ROW_HEIGHT) -> Figure:
    return Figure(figsize=(width, 0.9 + row_height * rows), layout="constrained")


def _dots(
    ax: Axes, values: pd.Series, lows: pd.Series, highs: pd.Series, heights: np.ndarray, place: int, label: str | None
) -> None:
    """Dots over horizontal intervals; a value without an interval keeps its dot."""
    colour = SERIES[place % len(SERIES)]
    # Not `errorbar`: a percentile interval need not contain the value.
    ax.hlines(heights, lows, highs, color=colour, linewidth=1)
    marker = MARKERS[place % len(MARKERS)]
    ax.plot(values, heights, marker, ms=4.5, color=colour, mec="white", mew=0.5, label=label)


def _label(proxy: str) -> str:
    return figure_lines(proxy, 18)


def _label_rows(ax: Axes, labels: Sequence[str]) -> None:
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.5, -0.5)  # the first on top
    ax.tick_params(axis="y", length=0)
    ax.grid(visible=False, axis="y")


def _low(values: pd.Series) -> float:
    return float(values.min()) if values.notna().any() else 0.0

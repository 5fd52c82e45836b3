"""Score against accuracy: a grid with one panel per proxy, and the same panel alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from .style import BLUE, COLUMN, COLUMNS, GREY, VERMILLION, fit_scale, grid, style
from .text import amount, bounded, directed, figure_lines, figure_text

COLOURS: Colormap = LinearSegmentedColormap.from_list("params", ["#c6dbef", "#6baed6", "#2171b5", "#08306b"])


@dataclass(frozen=True)
class Panel:
    """What one panel shows: a proxy's rows of `results.points`, what correlates them, and what to say without any."""

    proxy: str
    points: pd.DataFrame
    correlation: pd.Series
    higher_is_better: bool = True
    note: str = "no score"


def scatter_grid(panels: Sequence[Panel]) -> Figure:
    """All proxies on one data set, sharing the accuracy axis and the colours of the parameter counts."""
    with style():
        figure, axes = grid(len(panels), panel_height=1.75)
        shades = _shades([panel.points for panel in panels])
        for place, (ax, panel) in enumerate(zip(axes, panels, strict=True)):
            ax.sharey(axes[0])
            _draw(ax, panel, shades)
            if place % COLUMNS:
                ax.tick_params(labelleft=False)
            else:
                ax.set_ylabel("accuracy (%)")  # on each row: of many, only some are on the screen
        lower = not all(panel.higher_is_better for panel in panels)
        figure.supxlabel("score as the proxy gives it" + " (↓: lower is better)" * lower, fontsize=7)
        _explain(figure, axes, shades)
    return figure


def scatter_single(panel: Panel) -> Figure:
    """One proxy on one data set, at column width."""
    with style():
        figure = Figure(figsize=(COLUMN, 2.7), layout="constrained")
        ax = figure.add_subplot()
        shades = _shades([panel.points])
        _draw(ax, panel, shades)
        ax.set_xlabel("score" if panel.higher_is_better else "score (lower is better)")
        ax.set_ylabel("accuracy (%)")
        _explain(figure, [ax], shades)
    return figure


def _draw(ax: Axes, panel: Panel, shades: Normalize | None) -> None:
    numbers = panel.correlation
    name = figure_lines(directed(panel.proxy, panel.higher_is_better), 28)
    ax.set_title(name, loc="left", fontweight="bold", y=1.0, pad=11)
    if panel.points.empty:
        ax.text(0.5, 0.5, wrap_note(panel.note), transform=ax.transAxes, ha="center", va="center", color=GREY)
        ax.set_xticks([])
        ax.grid(visible=False)
        return
    tau = bounded(numbers["tau"], numbers["tau_low"], numbers["tau_high"])
    summary = f"τ {tau}  ρ {bounded(numbers['rho'], float('nan'), 0)}  n {numbers['n']}"
    ax.annotate(summary, (0, 1), (0, 3), "axes fraction", "offset points", fontsize=6, color=GREY)
    sampled = panel.points[panel.points["kind"] == "sample"]
    winners = panel.points[panel.points["kind"] == "winner"]
    colour: dict[str, Any] = {"color": BLUE}
    if shades is not None:
        colour = {"c": sampled["params"].astype("float64"), "cmap": COLOURS, "norm": shades}
    ax.scatter(sampled["score"], sampled["accuracy"], s=13, edgecolors="white", linewidths=0.4, **colour)
    ax.scatter(
        winners["score"], winners["accuracy"], s=60, marker="*", color=VERMILLION, edgecolors="black", linewidths=0.4,
        zorder=3,
    )  # fmt: skip
    fit_scale(ax, "x", panel.points["score"])


def _shades(frames: Sequence[pd.DataFrame]) -> Normalize | None:
    """The range of parameter counts that colours stand for; none where it is unknown or a single value."""
    sampled = pd.concat([frame.loc[frame["kind"] == "sample", "params"] for frame in frames])
    known = sampled.dropna()
    if known.empty or len(known) < len(sampled) or known.min() == known.max():
        return None
    return Normalize(float(known.min()), float(known.max()))


def _explain(figure: Figure, axes: Sequence[Axes], shades: Normalize | None) -> None:
    """Legend below, colour bar at the right."""
    marks = [
        Line2D([], [], ls="", marker="o", ms=4, color=BLUE, markeredgecolor="white", label="sampled architecture"),
        Line2D([], [], ls="", marker="*", ms=8, color=VERMILLION, markeredgecolor="black", markeredgewidth=0.4,
               label="winner of a search"),
    ]  # fmt: skip
    figure.legend(handles=marks, loc="outside upper center", ncols=2)
    if shades is not None:
        height = float(figure.get_size_inches()[1])
        bar = figure.colorbar(
            ScalarMappable(shades, COLOURS),
            ax=list(axes),
            label="parameters",
            fraction=0.03,
            pad=0.01,
            aspect=22,
            shrink=min(1.0, 2.5 / height),
            anchor=(0.0, 1.0),
        )
        bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: amount(value)))
        bar.outline.set_visible(False)


def wrap_note(text: str) -> str:
    """A note over short lines, so that it stays in its panel."""
    return figure_text(text.replace("\n", ", ")).replace(": ", ":\n").replace(", ", ",\n")

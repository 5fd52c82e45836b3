"""Three figures of a verdict: score against accuracy, the ladder of all proxies, and cost against worth.

Each takes a frame and draws into axes, new ones where none are given; so they serve a notebook too.
"""

import sys
from collections.abc import Callable

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter

from .scatter import COLOURS
from .style import BLUE, COLUMN, GREY, VERMILLION, fit_scale, style
from .text import amount, bounded

ROW = 0.135  # inches of a row of the ladder


def draw_scatter(points: pd.DataFrame, ax: Axes | None = None, title: str = "") -> Axes:
    """Score against accuracy: rows of `score`, `accuracy` (percent) and, for the colour, `params`."""
    with style():
        ax = ax or _axes(2.6)
        drawn = ax.scatter(
            points["score"],
            points["accuracy"],
            s=16,
            c=points["params"],
            cmap=COLOURS,
            edgecolors="white",
            linewidths=0.4,
        )
        fit_scale(ax, "x", points["score"])
        ax.set(xlabel="score (mean of its ranks over the seeds)", ylabel="accuracy (%)")
        ax.set_title(title, loc="left", fontweight="bold")
        figure = ax.get_figure()
        if isinstance(figure, Figure):
            bar = figure.colorbar(drawn, ax=ax, label="parameters", fraction=0.05, pad=0.02)
            bar.ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: amount(value)))
            bar.outline.set_visible(False)
    return ax


def draw_ladder(ladder: pd.DataFrame, proxy: str | None = None, ax: Axes | None = None) -> Axes:
    """All proxies by tau, the best on top, with intervals; `proxy` is marked. Rows of `proxy, tau, low, high`."""
    known = ladder.dropna(subset="tau").iloc[::-1].reset_index(drop=True)
    with style():
        ax = ax or _axes(0.6 + ROW * len(known))
        for place, row in known.iterrows():
            mine = row["proxy"] == proxy
            colour = VERMILLION if mine else BLUE
            ax.plot(
                [row["low"], row["high"]],
                [place, place],
                color=colour,
                lw=2.0 if mine else 1.0,
                alpha=1 if mine else 0.6,
            )
            ax.plot(row["tau"], place, marker="o", ms=4.5 if mine else 3, color=colour)
        ax.axvline(0, color=GREY, lw=0.6)
        ax.set_yticks(range(len(known)), known["proxy"])
        for label in ax.get_yticklabels():
            if label.get_text() == proxy:
                label.set_color(VERMILLION)
                label.set_fontweight("bold")
        ax.set(xlabel="Kendall's τ with accuracy, 95 % interval", ylim=(-0.7, len(known) - 0.3))
        ax.grid(axis="y", visible=False)
    return ax


def draw_cost(ladder: pd.DataFrame, proxy: str | None = None, ax: Axes | None = None) -> Axes:
    """Milliseconds of one score against tau, with the Pareto line. Rows of `proxy, tau, seconds, pareto`."""
    known = ladder.dropna(subset=["tau", "seconds"])
    with style():
        ax = ax or _axes(2.8)
        line = known[known["pareto"]].sort_values("seconds")
        ax.step(1000 * line["seconds"], line["tau"], where="post", color=GREY, lw=0.8, zorder=1)
        mine = known["proxy"] == proxy
        ax.scatter(
            1000 * known["seconds"][~mine], known["tau"][~mine], s=12, color=BLUE, edgecolors="white", linewidths=0.3
        )
        ax.scatter(1000 * known["seconds"][mine], known["tau"][mine], s=70, marker="*", color=VERMILLION, zorder=3)
        named = known[known["pareto"] | mine]
        for row in named.itertuples():
            colour = VERMILLION if row.proxy == proxy else GREY
            ax.annotate(
                row.proxy, (1000 * row.seconds, row.tau), (3, 3), textcoords="offset points", fontsize=6, color=colour
            )
        ax.set_xscale("log")
        ax.set(xlabel="milliseconds of one score", ylabel="Kendall's τ")
    return ax


def scatter_title(proxy: str, tau: tuple[float, float, float]) -> str:
    """The title of a scatter plot: the proxy, and what correlates it."""
    return f"{proxy}: τ {bounded(*tau)}"


def figure_of(draw: Callable[[Axes], Axes], height: float, width: float = COLUMN) -> Figure:
    """A figure, in inches, of one drawing function."""
    with style():
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
    return figure


def _axes(height: float) -> Axes:
    """Axes of a figure of column width. Where pyplot is in use it knows the figure, so that a notebook shows it."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        return pyplot.figure(figsize=(COLUMN, height), layout="constrained").add_subplot()
    return Figure(figsize=(COLUMN, height), layout="constrained").add_subplot()

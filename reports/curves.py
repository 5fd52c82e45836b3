"""Search progress: best score so far over evaluations, one panel per proxy, one line per seed."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from reports.scatter import wrap_note
from reports.style import COLUMNS, GREY, SERIES, fit_scale, grid, style
from reports.text import wrap


def search_grid(curves: pd.DataFrame, labels: Mapping[str, str], notes: Mapping[str, str]) -> Figure:
    """Best score so far, from the frame of `results.search_curves`, a panel for each proxy of `labels`.

    `labels` are the panels' titles; `notes` are what a panel says of a proxy without a curve.
    """
    seeds = sorted(curves["seed"].unique())
    colours = {seed: SERIES[place % len(SERIES)] for place, seed in enumerate(seeds)}
    with style():
        figure, axes = grid(len(labels), panel_height=1.45)
        for place, (ax, proxy) in enumerate(zip(axes, labels, strict=True)):
            ax.set_title(wrap(labels[proxy], 28), loc="left", fontweight="bold", y=1.0, pad=12)
            _draw(ax, curves[curves["proxy"] == proxy], colours, notes.get(proxy, ""))
            if place % COLUMNS == 0:
                ax.set_ylabel("best score so far")  # on each row: of many, only some are on the screen
        lower = any(label != proxy for proxy, label in labels.items())
        figure.supxlabel("evaluations" + "; ↓: a lower score is better" * lower, fontsize=7)
        if len(seeds) <= len(SERIES):
            handles = [Line2D([], [], color=colour, label=f"seed {seed}") for seed, colour in colours.items()]
            figure.legend(handles=handles, loc="outside upper center", ncols=len(seeds))
    return figure


def _draw(ax: Axes, curves: pd.DataFrame, colours: Mapping[int, str], note: str) -> None:
    if curves.empty:
        ax.text(0.5, 0.5, wrap_note(note or "no search"), transform=ax.transAxes,
                ha="center", va="center", color=GREY)  # fmt: skip
        ax.set(xticks=[], yticks=[])
        return
    for seed, line in curves.groupby("seed"):
        colour = colours[int(str(seed))]
        ax.plot(line["evaluation"], line["value"], drawstyle="steps-post", color=colour, linewidth=1.1)
        ax.plot(line["evaluation"].iloc[-1:], line["value"].iloc[-1:], "o", markersize=2.5, color=colour)
    ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    fit_scale(ax, "y", curves["value"])

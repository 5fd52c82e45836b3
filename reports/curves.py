"""Search progress: best score so far over evaluations, one panel per proxy, one line per search."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

from .scatter import wrap_note
from .style import COLUMNS, GREY, SERIES, fit_scale, grid, style
from .text import figure_lines, figure_text

LONG = 10_000  # evaluations from which on the axis is logarithmic: most improvements are early in any search


def search_grid(curves: pd.DataFrame, labels: Mapping[str, str], notes: Mapping[str, str]) -> Figure:
    """Best score so far, from the frame of `results.search_curves`, a panel for each proxy of `labels`.

    `labels` are the panels' titles; `notes` are what a panel says of a proxy without a curve. Colours tell strategies
    apart where there are several, else seeds.
    """
    several = curves["strategy"].nunique() > 1
    curves = curves.assign(coloured=curves["strategy"] if several else "seed " + curves["seed"].astype(str))
    # By number, not by name: seed 10 comes after seed 9.
    kinds = curves.sort_values(["strategy", "seed"] if several else "seed")["coloured"].unique()
    colours = {kind: SERIES[place % len(SERIES)] for place, kind in enumerate(kinds)}
    with style():
        figure, axes = grid(len(labels), panel_height=1.45)
        for place, (ax, proxy) in enumerate(zip(axes, labels, strict=True)):
            ax.set_title(figure_lines(labels[proxy], 28), loc="left", fontweight="bold", y=1.0, pad=12)
            _draw(ax, curves[curves["proxy"] == proxy], colours, notes.get(proxy, ""))
            if place % COLUMNS == 0:
                ax.set_ylabel("best score so far")  # on each row: of many, only some are on the screen
        lower = any(label != proxy for proxy, label in labels.items())
        figure.supxlabel("evaluations" + "; ↓: a lower score is better" * lower, fontsize=7)
        if len(kinds) <= len(SERIES):
            handles = [Line2D([], [], color=colour, label=figure_text(str(kind))) for kind, colour in colours.items()]
            figure.legend(handles=handles, loc="outside upper center", ncols=len(kinds))
    return figure


def _draw(ax: Axes, curves: pd.DataFrame, colours: Mapping[str, str], note: str) -> None:
    if curves.empty:
        ax.text(0.5, 0.5, wrap_note(note or "no search"), transform=ax.transAxes,
                ha="center", va="center", color=GREY)  # fmt: skip
        ax.set(xticks=[], yticks=[])
        return
    for (kind, _, _), line in curves.groupby(["coloured", "strategy", "seed"]):
        colour = colours[str(kind)]
        ax.plot(line["evaluation"], line["value"], drawstyle="steps-post", color=colour, linewidth=1.1)
        ax.plot(line["evaluation"].iloc[-1:], line["value"].iloc[-1:], "o", markersize=2.5, color=colour)
    if curves["evaluation"].max() < LONG:
        ax.xaxis.set_major_locator(MaxNLocator(4, integer=True))
    else:
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(LogLocator(numticks=7))
        ax.xaxis.set_minor_locator(NullLocator())
    fit_scale(ax, "y", curves["value"])
    ax.autoscale_view()  # the limits so far are those of linear axes

"""Accuracy of what searches have found so far, over evaluations or seconds: a panel per row, the others in grey."""

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from .style import BLUE, COLUMNS, grid, style
from .text import brief, dataset_label, figure_lines, figure_text, plain

OTHERS = "#c9c9c9"
LABELS = {"evaluations": "evaluations", "seconds": "seconds of one worker"}


def budget_grid(spent: pd.DataFrame, axis: str, best: float | None) -> Figure:
    """Median and quartiles over search seeds, from rows of `results.budgets` of one data set and `axis`.

    Where the `best` accuracy there is is known, the regret to it is drawn in the accuracy's place.
    """
    several = spent["strategy"].nunique() > 1
    values = spent[["median", "low", "high"]]
    drawn = spent.assign(**{name: (column if best is None else best - column) for name, column in values.items()})
    lines = {
        f"{figure_lines(proxy, 28)}\n{figure_text(strategy)}"
        if several
        else figure_lines(str(proxy), 28): line.sort_values("budget")
        for (proxy, strategy), line in drawn.groupby(["proxy", "strategy"], sort=False)
    }
    measure = "accuracy (%)" if best is None else "regret (pp)"
    with style():
        figure, axes = grid(len(lines), panel_height=1.45)
        for place, (ax, title) in enumerate(zip(axes, lines, strict=True)):
            ax.set_title(title, loc="left", fontweight="bold", y=1.0, pad=4)
            for other in lines:
                if other != title:
                    ax.plot(lines[other]["budget"], lines[other]["median"], color=OTHERS, linewidth=0.7, zorder=1)
            mine = lines[title]
            ax.fill_between(mine["budget"], mine["low"], mine["high"], color=BLUE, alpha=0.2, linewidth=0, zorder=2)
            ax.plot(mine["budget"], mine["median"], color=BLUE, linewidth=1.2, zorder=3)
            ax.plot(mine["budget"].iloc[-1:], mine["median"].iloc[-1:], "o", markersize=2.5, color=BLUE, zorder=3)
            _scale(ax, axis)
            if place:
                ax.sharex(axes[0])
                ax.sharey(axes[0])
            ax.tick_params(labelleft=place % COLUMNS == 0)
            if place % COLUMNS == 0:
                ax.set_ylabel(measure)  # on each row: of many, only some are on the screen
        figure.suptitle(figure_text(dataset_label(str(spent["dataset"].iloc[0]))), fontsize=7)
        figure.supxlabel(LABELS[axis], fontsize=7)
    return figure


def _scale(ax: Axes, axis: str) -> None:
    """Most of what a search finds, it finds early."""
    ax.set_xscale("log")
    ax.xaxis.set_major_locator(LogLocator(numticks=6))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: plain(value) if axis == "evaluations" else brief(value))
    )
    ax.yaxis.set_major_locator(MaxNLocator(4))

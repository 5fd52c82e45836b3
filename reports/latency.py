"""Budgets, checked: what was predicted beside what was measured, as a figure, a table and a sentence."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..results import prediction_error
from .style import BLUE, COLUMN, GREY, VERMILLION, style
from .text import DASH, missing

UNITS = {"macs": "MACs", "latency_ms": "ms / image"}


def latency_scatter(latencies: pd.DataFrame) -> Figure:
    """Predicted against measured milliseconds an image, from the frame of `results.predicted_latencies`."""
    with style():
        figure = Figure(figsize=(COLUMN, 3.1), layout="constrained")
        ax = figure.add_subplot()
        low, high = _ends(latencies)
        ax.plot([low, high], [low, high], color=GREY, linewidth=0.7, zorder=1)
        marks = {
            "sample": {"label": "random network", "color": BLUE, "markersize": 4, "marker": "o"},
            "winner": {"label": "winner of a search", "color": VERMILLION, "markersize": 8, "marker": "*"},
        }
        for role, look in marks.items():
            _draw(ax, latencies[latencies["role"] == role], look)
        ax.set(xlim=(low, high), ylim=(low, high), aspect="equal")
        ax.set(xlabel="measured (ms / image, without drift)", ylabel="predicted (ms / image)")
        figure.legend(loc="outside upper center", ncols=2)
        ax.annotate(_summary(latencies), (0.04, 0.96), xycoords="axes fraction", va="top", fontsize=6, color=GREY)
    return figure


def _draw(ax: Axes, rows: pd.DataFrame, look: dict[str, Any]) -> None:
    if rows.empty:
        return
    half = rows["spread"].fillna(0.0) / 2  # bars as long as the interquartile range
    ax.errorbar(rows["measured"], rows["predicted"], xerr=half, linestyle="", elinewidth=0.6, zorder=2,
                markeredgecolor="white", markeredgewidth=0.4, **look)  # fmt: skip


def _ends(latencies: pd.DataFrame) -> tuple[float, float]:
    """Ends of both axes, with some air around the points."""
    both = latencies[["predicted", "measured"]].to_numpy()
    low, high = float(both.min()), float(both.max())
    air = 0.08 * (high - low or high)
    return max(0.0, low - air), high + air


def _summary(latencies: pd.DataFrame) -> str:
    error = prediction_error(latencies)
    if not error.n:
        return ""
    ranks = DASH if missing(error.spearman) else f"{error.spearman:.3f}"
    return f"ρ {ranks}\nmedian error {error.median_error:.1%}\nn {error.n}"


def told_error(latencies: pd.DataFrame) -> str:
    """The predictor's error in a sentence; empty where no random network was measured."""
    error = prediction_error(latencies)
    if not error.n:
        return ""
    ranks = "" if missing(error.spearman) else f"Spearman's ρ {error.spearman:.3f}, "
    raw = f" ({error.raw_error:.1%} with the machine's drift)" if (latencies["drift"] != 1).any() else ""
    return f"{ranks}median relative error {error.median_error:.1%}{raw} over n = {error.n} random networks"


def budget_rows(checked: pd.DataFrame) -> list[dict[str, str]]:
    """What the page prints of the frame of `results.checked_budgets`, one entry a search and quantity."""
    return [
        {
            "proxy": str(record["proxy"]),
            "strategy": str(record["strategy"]),
            "seed": str(record["seed"]),
            "quantity": UNITS[record["quantity"]],
            "predicted": _value(record, "predicted"),
            "measured": _value(record, "measured"),
            "spread": DASH if record["quantity"] == "macs" else _value(record, "spread"),
            "error": DASH if missing(record["error"]) else f"{record['error']:+.1%}",
            "setting": _setting(record),
        }
        for record in checked.to_dict("records")
    ]


def _value(record: dict[Any, Any], column: str) -> str:
    if missing(record[column]):
        return DASH
    return f"{record[column]:,.0f}" if record["quantity"] == "macs" else f"{record[column]:.3g}"


def _setting(record: dict[Any, Any]) -> str:
    if record["status"] != "ok":
        return f"{record['status']}: {record['reason']}"
    if record["quantity"] == "macs":
        return f"{record['resolution']} px, PyTorch's counter"
    drift = "" if missing(record["drift"]) else f", the machine at {record['drift']:.2f} of its time for the table"
    return (
        f"{record['resolution']} px, batch {record['batch_size']}, {record['precision']} on {record['device']}, "
        f"median of {record['repeats']}{drift}"
    )

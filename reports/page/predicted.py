"""Latency predicted against measured: on the line where both agree."""

import pandas as pd

from .figure import Figure
from .svg import axis_below, axis_left, drawing, element, fitted, line

WIDTH, HEIGHT = 520.0, 420.0
LEFT, RIGHT, TOP, BOTTOM = 56.0, 500.0, 28.0, 370.0


def latency(latencies: pd.DataFrame) -> Figure | None:
    """The drawing of the frame of `results.predicted_latencies`; none where nothing was measured."""
    if latencies.empty:
        return None
    both = [*latencies["measured"], *latencies["predicted"]]
    across, up = fitted(both, LEFT, RIGHT), fitted(both, BOTTOM, TOP)
    parts = axis_below(across, TOP, BOTTOM, "measured, ms / image, without drift")
    parts += axis_left(up, LEFT, RIGHT, "predicted, ms / image")
    parts.append(line(LEFT, BOTTOM, RIGHT, TOP, "guide"))
    for row in latencies.to_dict("records"):
        x, y = across(row["measured"]), up(row["predicted"])
        look = "mark series1" if row["role"] == "winner" else "mark"
        what = "winner of a search" if row["role"] == "winner" else "random network"
        told = f"{what}: predicted {row['predicted']:.3g}, measured {row['measured']:.3g} ms / image"
        dot = element("circle", cx=x, cy=y, r=4.5, class_="dot")
        parts.append(element("g", dot, class_=look, data_tip=told))
    drawn = drawing(WIDTH, HEIGHT, "latency predicted against measured", parts)
    return Figure("Latency", "On the line both agree. Blue: random networks, orange: winners of searches.", [drawn])

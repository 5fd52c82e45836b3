"""Which proxies order alike, as a matrix of coloured squares, neighbours being alike."""

import math

import pandas as pd
from markupsafe import Markup

from ..text import minus
from .svg import LETTER, drawing, element, shorten, text

LABELS = 176.0
MOST, LEAST = 34.0, 15.0  # side of a square
WIDTH = 600.0
WITH_NUMBERS = 26.0  # side from which a square has room for its number


def matrix(alike: pd.DataFrame, order: list[str], labels: dict[str, str], label: str) -> Markup:
    """The drawing of the frame of `results.alike` in the given order of proxies; `labels` are their names."""
    side = min(MOST, max(LEAST, (WIDTH - LABELS) / max(1, len(order))))
    wide = alike.pivot(index="first", columns="second", values="tau")
    names = {proxy: shorten(labels[proxy], LABELS - 8) for proxy in order}
    top = LETTER * max(map(len, names.values())) * 0.75 + 14
    parts = []
    for place, proxy in enumerate(order):
        x, y = LABELS + side * (place + 0.5), top + side * place
        parts.append(text(LABELS - 6, y + side / 2 + 4, names[proxy], "end"))
        turned = f"rotate(-50 {x + 2:.1f} {top - 6:.1f})"
        parts.append(element("text", Markup.escape(names[proxy]), x=x + 2, y=top - 6, transform=turned))
        for column, other in enumerate(order):
            parts += _square(float(wide.at[proxy, other]), LABELS + side * column, y, side,
                             f"{labels[proxy]} and {labels[other]}")  # fmt: skip
    width = LABELS + side * len(order) + 0.7 * LETTER * max(map(len, names.values())) + 8
    return drawing(width, top + side * len(order) + 4, label, parts)


def _square(tau: float, x: float, y: float, side: float, told: str) -> list[Markup]:
    if math.isnan(tau):
        return [element("rect", x=x, y=y, width=side - 1, height=side - 1, class_="unknown", data_tip=f"{told}: –")]
    number = minus(f"{tau:.2f}")
    look, depth = "above" if tau >= 0 else "below", abs(tau)
    square = element("rect", x=x, y=y, width=side - 1, height=side - 1, class_=look,
                     fill_opacity=round(0.06 + 0.94 * depth, 2), data_tip=f"{told}: τ {number}")  # fmt: skip
    if side < WITH_NUMBERS:
        return [square]
    dark = "inverse" if depth > 0.55 else None
    return [square, text(x + side / 2, y + side / 2 + 4, number.replace("0.", "."), "middle", f"small {dark or ''}")]

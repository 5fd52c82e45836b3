"""Dots with intervals, a row for each proxy: accuracies, correlations, the ladder within size."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from markupsafe import Markup

from .svg import TEXT, Scale, axis_below, drawing, element, fitted, line, shorten, text

WIDTH = 560.0
LABELS = 186.0  # room for the rows' names
ROW = 21.0
TOP = 8.0
KEY = 20.0  # a line of the key
RADIUS = 4.0


class Mark(NamedTuple):
    """One value of a row, with the ends of its interval (NaN: none) and what is told of it; `look` is a class."""

    value: float
    low: float
    high: float
    look: str
    told: str


class Row(NamedTuple):
    """A row: its name and its marks, drawn one below another where they are several, or `joined` by a line."""

    label: str
    marks: tuple[Mark, ...]
    joined: bool = False


class Guide(NamedTuple):
    """A line across all rows at `value`, and what it is; `beyond`: what lies to its right is shaded."""

    value: float
    label: str
    look: str
    beyond: bool = False


def forest(rows: Sequence[Row], title: str, label: str, key: Sequence[tuple[str, str]] = (),
           guides: Sequence[Guide] = (), within: tuple[float, float] | None = None) -> Markup:  # fmt: skip
    """The drawing. `key` explains the marks: (look, text). `within`: the most that the axis shows."""
    explained = [*key, *((guide.look, guide.label) for guide in guides)]
    values = [end for row in rows for mark in row.marks for end in (mark.value, mark.low, mark.high)]
    values += [0.0, *(guide.value for guide in guides)]
    scale = fitted(values, LABELS, WIDTH - 12)
    if within:
        scale = fitted([min(max(value, within[0]), within[1]) for value in values if math.isfinite(value)],
                       LABELS, WIDTH - 12)  # fmt: skip
    top = TOP + KEY * len(explained)
    bottom = top + ROW * len(rows)
    parts = [_key(look, told, TOP + KEY * place) for place, (look, told) in enumerate(explained)]
    for guide in guides:
        x = scale.inside(guide.value)
        if guide.beyond:
            parts.append(element("rect", x=x, y=top, width=scale.stop - x, height=bottom - top, class_="beyond"))
    parts += axis_below(scale, top, bottom, title)
    parts.append(line(scale(0), top, scale(0), bottom, "zero"))
    parts += [
        line(scale.inside(guide.value), top, scale.inside(guide.value), bottom, f"guide {guide.look}")
        for guide in guides
    ]
    for place, row in enumerate(rows):
        middle = top + ROW * (place + 0.5)
        parts.append(text(LABELS - 8, middle + 4, shorten(row.label, LABELS - 10), "end"))
        present = [mark for mark in row.marks if math.isfinite(mark.value)]
        if not present:
            parts.append(text(LABELS + 6, middle + 4, "no value", class_="tick"))
        if row.joined and len(present) > 1:
            ends = [scale.inside(mark.value) for mark in present]
            parts.append(line(min(ends), middle, max(ends), middle, "joined"))
        apart = 0.0 if row.joined else min(6.0, 12.0 / max(1, len(row.marks)))
        for mark in present:
            y = middle + apart * (row.marks.index(mark) - (len(row.marks) - 1) / 2)
            parts.append(_mark(mark, y, scale))
    return drawing(WIDTH, bottom + 40, label, parts)


def _mark(mark: Mark, y: float, scale: Scale) -> Markup:
    parts = []
    if math.isfinite(mark.low) and math.isfinite(mark.high):
        parts.append(line(scale.inside(mark.low), y, scale.inside(mark.high), y, "interval"))
    parts.append(dot(scale.inside(mark.value), y, mark.look))
    return element("g", *parts, class_=f"mark {mark.look}", data_tip=mark.told)


def dot(x: float, y: float, look: str) -> Markup:
    """A mark by itself: a hollow diamond for what others published, else a dot."""
    if "published" in look:
        return element("path", d=f"M{x:.1f} {y - 5:.1f}l5 5l-5 5l-5 -5z", class_="dot")
    return element("circle", cx=x, cy=y, r=RADIUS, class_="dot")


def _key(look: str, told: str, y: float) -> Markup:
    guide = "guide" in look or "noise" in look
    sample = line(10, y + 6, 30, y + 6, f"guide {look}") if guide else dot(20.0, y + 6, look)
    return element("g", sample, text(38, y + 6 + TEXT / 3, told, class_="tick"), class_=f"mark {look}")

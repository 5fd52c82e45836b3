"""Drawing in SVG: elements, scales and axes. Colours are classes of the page's style sheet, so that both themes fit.

Lengths are units of the drawing, about pixels at full width; x to the right, y downwards.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from markupsafe import Markup, escape

TEXT = 12.0  # height of the letters
LETTER = 0.56 * TEXT  # about the width of one
MOST_TICKS = 6


def element(name: str, *children: str, **attributes: object) -> Markup:
    """An SVG element. Attributes without a value are left out; `class_` is `class`, and `_` in a name is a hyphen."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_written(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = Markup("").join(children)
    return Markup(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")


def _written(value: object) -> str:
    """Numbers to a hundredth, so that equal drawings are equal texts and short ones."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def drawing(width: float, height: float, label: str, parts: Iterable[str]) -> Markup:
    """A whole drawing; `label` is what a screen reader says of it."""
    return element(
        "svg", *parts, viewBox=f"0 0 {_written(width)} {_written(height)}", role="img", aria_label=label, class_="chart"
    )


def text(x: float, y: float, content: str, anchor: str = "start", class_: str | None = None) -> Markup:
    """A line of text whose letters stand on `y`."""
    return element("text", escape(content), x=x, y=y, text_anchor=None if anchor == "start" else anchor, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Iterable[tuple[float, float]], class_: str, steps: bool = False) -> Markup:
    """A line through points; with `steps`, one that keeps each height until the next point."""
    written, before = [], None
    for x, y in points:
        if before is None:
            written.append(f"M{_written(float(x))} {_written(float(y))}")
        elif steps:
            written.append(f"H{_written(float(x))}V{_written(float(y))}")
        else:
            written.append(f"L{_written(float(x))} {_written(float(y))}")
        before = y
    return element("path", d="".join(written), class_=class_)


def shorten(label: str, room: float) -> str:
    """A label that fits into `room` units, cut with an ellipsis where it must be."""
    most = max(3, int(room / LETTER))
    return label if len(label) <= most else f"{label[: most - 1]}…"


@dataclass(frozen=True)
class Scale:
    """Maps values from `low` to `high` onto the drawing from `start` to `stop`."""

    low: float
    high: float
    start: float
    stop: float
    kind: Literal["linear", "log"] = "linear"

    def __call__(self, value: float) -> float:
        """The place of a value."""
        low, high, here = (self._bent(each) for each in (self.low, self.high, value))
        share = (here - low) / (high - low) if high > low else 0.5
        return self.start + share * (self.stop - self.start)

    def inside(self, value: float) -> float:
        """The place of a value, at the nearer end where it lies outside."""
        return self(min(max(value, self.low), self.high))

    def _bent(self, value: float) -> float:
        return math.log10(value) if self.kind == "log" else value

    def ticks(self) -> list[float]:
        """A few round values within the scale."""
        if self.kind == "log":
            first, last = math.ceil(math.log10(self.low) - 1e-9), math.floor(math.log10(self.high) + 1e-9)
            stride = max(1, math.ceil((last - first + 1) / MOST_TICKS))
            return [10.0**power for power in range(first, last + 1, stride)]
        span = self.high - self.low
        step = 10.0 ** math.floor(math.log10(span / MOST_TICKS)) if span > 0 else 1.0
        step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= MOST_TICKS)
        first = math.ceil(self.low / step - 1e-9)
        return [round(place * step, 10) + 0.0 for place in range(first, math.floor(self.high / step + 1e-9) + 1)]


def fitted(values: Iterable[float], start: float, stop: float, air: float = 0.05) -> Scale:
    """A linear scale around the finite of `values`."""
    finite = [value for value in values if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    margin = air * (high - low) or 0.5
    return Scale(low - margin, high + margin, start, stop)


def fitted_log(values: Iterable[float], start: float, stop: float) -> Scale:
    """A logarithmic scale around the positive of `values`, at least a decade long."""
    finite = [value for value in values if math.isfinite(value) and value > 0]
    low, high = (min(finite), max(finite)) if finite else (1.0, 10.0)
    while high / low < 10:
        low, high = low / 1.3, high * 1.3
    return Scale(low / 1.15, high * 1.15, start, stop, "log")


def axis_below(scale: Scale, top: float, bottom: float, title: str, digits: str = "g") -> list[Markup]:
    """Grid lines from `top` to `bottom`, their values under them, and the axis' title."""
    parts = []
    for tick in scale.ticks():
        x = scale(tick)
        parts.append(line(x, top, x, bottom, "grid"))
        parts.append(text(x, bottom + 15, f"{tick:{digits}}".replace("-", "−"), "middle", "tick"))
    parts.append(text((scale.start + scale.stop) / 2, bottom + 33, title, "middle", "title"))
    return parts


def axis_left(scale: Scale, left: float, right: float, title: str) -> list[Markup]:
    """Grid lines from `left` to `right`, their values before them, and the axis' title above."""
    parts = []
    for tick in scale.ticks():
        y = scale(tick)
        parts.append(line(left, y, right, y, "grid"))
        parts.append(text(left - 5, y + 4, f"{tick:g}".replace("-", "−"), "end", "tick"))
    parts.append(text(left, scale.stop - 8, title, "start", "title"))
    return parts

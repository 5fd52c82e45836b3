"""Curves over a budget in small panels, one for each row, before all the others in grey."""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from markupsafe import Markup

from .svg import Scale, axis_left, drawing, element, fitted, fitted_log, line, path, text

WIDTH, HEIGHT = 250.0, 170.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 242.0, 24.0, 142.0
LONG = 10_000  # from here on an axis is logarithmic


class Curve(NamedTuple):
    """One line: its points, ascending in x, and optionally a band about it as (low, high) for each point."""

    points: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float]] = ()


def panels(groups: Mapping[str, Sequence[Curve]], x_title: str, y_title: str, log: bool, together: bool,
           name: str) -> list[Markup]:  # fmt: skip
    """A drawing for each group of curves.

    With `together` they share their axes, and each is drawn before the others, whose lines are in the page once, under
    the id `name`. Curves are steps unless they have a band.
    """
    if not together:
        return [_panel(title, curves, *_axes(curves, log), x_title, y_title, None) for title, curves in groups.items()]
    across, up = _axes([curve for curves in groups.values() for curve in curves], log)
    drawn = []
    for place, (title, curves) in enumerate(groups.items()):
        behind = [_line(curve, across, up, "behind") for own in groups.values() for curve in own] if not place else []
        shared = element("g", *behind, id=name) if behind else element("use", href=f"#{name}")
        drawn.append(_panel(title, curves, across, up, x_title, y_title, shared))
    return drawn


def _axes(curves: Sequence[Curve], log: bool) -> tuple[Scale, Scale]:
    xs = [x for curve in curves for x, _ in curve.points]
    ys = [y for curve in curves for _, y in curve.points] + [
        end for curve in curves for ends in curve.band for end in ends
    ]
    logarithmic = log or max(xs, default=0) >= LONG
    across = fitted_log(xs, LEFT, RIGHT) if logarithmic else fitted([0.0, *xs], LEFT, RIGHT, air=0.0)
    return across, fitted(ys, BOTTOM, TOP + 12)


def _panel(title: str, curves: Sequence[Curve], across: Scale, up: Scale, x_title: str, y_title: str,
           behind: Markup | None) -> Markup:  # fmt: skip
    parts = [] if behind is None else [behind]
    parts += axis_left(up, LEFT, RIGHT, "")
    ticks = across.ticks()
    for tick in ticks if len(ticks) <= 4 else ticks[:: math.ceil(len(ticks) / 4)]:
        parts.append(line(across(tick), BOTTOM, across(tick), BOTTOM + 3, "axis"))
        parts.append(text(across(tick), BOTTOM + 15, short(tick), "middle", "tick"))
    parts.append(line(LEFT, BOTTOM, RIGHT, BOTTOM, "axis"))
    parts.append(text(RIGHT, HEIGHT - 1, x_title, "end", "tick"))
    for place, curve in enumerate(curves):
        look = "front" if curve.band else f"front series{place % 6}"
        if curve.band:
            xs = [across(x) for x, _ in curve.points]
            edge = [(x, up(low)) for x, (low, _) in zip(xs, curve.band, strict=True)]
            edge += [(x, up(high)) for x, (_, high) in reversed(list(zip(xs, curve.band, strict=True)))]
            parts.append(path(edge, "band"))
        parts.append(_line(curve, across, up, look))
        x, y = curve.points[-1]
        parts.append(element("circle", cx=across(x), cy=up(y), r=2.5, class_=f"end series{place % 6}"))
    last = ", ".join(f"{curve.points[-1][1]:.4g}" for curve in curves)
    label = f"{title}: {y_title} over {x_title}; at the end {last}"
    return drawing(WIDTH, HEIGHT, label, [text(2, 14, title, class_="name"), *parts])


def _line(curve: Curve, across: Scale, up: Scale, look: str) -> Markup:
    return path([(across(x), up(y)) for x, y in curve.points], look, steps=not curve.band)


def short(value: float) -> str:
    """A tick's value in few letters: 0.01, 5, 300, 10k."""
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"

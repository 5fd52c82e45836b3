"""Cost against worth: seconds of a score against its correlation, and who is beaten by nobody cheaper."""

import pandas as pd
from markupsafe import Markup

from ..text import bounded, brief
from .svg import LETTER, TEXT, axis_below, axis_left, drawing, element, fitted, fitted_log, line, path, text

WIDTH, HEIGHT = 520.0, 380.0
LEFT, RIGHT, TOP, BOTTOM = 46.0, 510.0, 28.0, 330.0
LONGEST = 18  # letters of a name beside its point


def pareto(worth: pd.DataFrame, labels: dict[str, str], label: str) -> Markup:
    """The drawing of the rows of `results.worth` on one data set; `labels` are the proxies' names."""
    across = fitted_log(worth["seconds"], LEFT, RIGHT)
    up = fitted([*worth["tau"], 0.0], BOTTOM, TOP, air=0.08)
    parts = [
        *axis_below(across, TOP, BOTTOM, "seconds for one score (log)"),
        *axis_left(up, LEFT, RIGHT, "Kendall's τ"),
    ]
    parts.append(line(LEFT, up(0), RIGHT, up(0), "zero"))
    front = worth[worth["front"]].sort_values("seconds")
    corners = [(across(seconds), up(tau)) for seconds, tau in front[["seconds", "tau"]].itertuples(index=False)]
    if corners:
        parts.append(path([*corners, (RIGHT, corners[-1][1])], "front", steps=True))
    taken: list[tuple[float, float, float, float]] = []
    for row in worth.sort_values("front", ascending=False, kind="stable").to_dict("records"):
        x, y = across(row["seconds"]), up(row["tau"])
        name = labels[row["proxy"]]
        tau = bounded(row["tau"], row["tau_low"], row["tau_high"])
        told = f"{name}: τ {tau}, {brief(row['seconds'])} s for one score"
        look = "mark best" if row["front"] else "mark other"
        parts.append(element("g", element("circle", cx=x, cy=y, r=4.5, class_="dot"), class_=look, data_tip=told))
        taken.append((x - 5, y - 5, x + 5, y + 5))
    for row in worth.sort_values("front", ascending=False, kind="stable").to_dict("records"):
        parts += _name(across(row["seconds"]), up(row["tau"]), labels[row["proxy"]], taken)
    return drawing(WIDTH, HEIGHT, label, parts)


def _name(x: float, y: float, name: str, taken: list[tuple[float, float, float, float]]) -> list[Markup]:
    """The name beside its point where there is room for it; else only the pointer tells it."""
    shown = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    width = LETTER * len(shown)
    for left, middle in ((x + 8, y), (x - 8 - width, y), (x - width / 2, y - 12), (x - width / 2, y + 13)):
        box = (left, middle - TEXT / 2, left + width, middle + TEXT / 2)
        free = all(box[2] < one[0] or box[0] > one[2] or box[3] < one[1] or box[1] > one[3] for one in taken)
        if free and box[0] >= LEFT and box[2] <= WIDTH and box[1] >= TOP - 6:
            taken.append(box)
            return [text(left, middle + 4, shown, class_="tick beside")]
    return []

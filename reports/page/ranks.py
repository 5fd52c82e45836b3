"""The critical-difference diagram: mean ranks on a line, and bars over those that cannot be told apart."""

from markupsafe import Markup

from ...results import Placing
from .svg import Scale, drawing, element, line, shorten, text

WIDTH = 640.0
LEFT, RIGHT = 205.0, 435.0
ROW = 19.0
BAR = 8.0  # between two bars


def rank_diagram(placing: Placing, labels: list[str], label: str) -> Markup:
    """The drawing; `labels` are the names of its rows, from best to worst."""
    count = len(labels)
    scale = Scale(1, count, LEFT, RIGHT)
    axis = 46.0
    parts = [line(LEFT, axis, RIGHT, axis, "axis")]
    for rank in range(1, count + 1):
        parts.append(line(scale(rank), axis, scale(rank), axis - 5, "axis"))
        if count <= 14 or rank % 5 == 0 or rank in (1, count):
            parts.append(text(scale(rank), axis - 9, str(rank), "middle", "tick"))
    parts += _difference(placing.difference, scale)
    bars = axis + 12
    for place, (first, last) in enumerate(placing.ties):
        ends = (scale(placing.rows["mean_rank"].iloc[end]) for end in (first, last))
        left, right = ends
        y = bars + BAR * place
        parts.append(line(left - 3, y, right + 3, y, "bar"))
    below = bars + BAR * len(placing.ties) + 14
    half = (count + 1) // 2
    for place, (name, rank) in enumerate(zip(labels, placing.rows["mean_rank"], strict=True)):
        left = place < half
        y = below + ROW * (place if left else count - 1 - place)
        end, x = (LEFT - 8 if left else RIGHT + 8), scale(rank)
        parts.append(element("path", d=f"M{x:.1f} {axis:.1f}V{y:.1f}H{end:.1f}", class_="leader"))
        told = f"{name}: mean rank {rank:.2f} over {placing.seeds} search seeds"
        shown = text(end + (-4 if left else 4), y + 4, f"{shorten(name, 170)} {rank:.1f}" if left else
                     f"{rank:.1f} {shorten(name, 170)}", "end" if left else "start")  # fmt: skip
        parts.append(element("g", shown, class_="mark", data_tip=told))
    return drawing(WIDTH, below + ROW * half + 6, label, parts)


def _difference(difference: float, scale: Scale) -> list[Markup]:
    """The length of the critical difference, above the axis; cut where it is longer than that."""
    length = min(scale(1 + difference) - scale(1), scale.stop - scale.start)
    parts = [line(LEFT, 22, LEFT + length, 22, "bar")]
    return [*parts, text(LEFT, 14, f"critical difference {difference:.1f} ranks", class_="tick")]

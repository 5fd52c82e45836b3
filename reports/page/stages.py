"""A winner drawn stage by stage: a box for each super-block, from `reports.diagram`."""

from markupsafe import Markup

from ..diagram import Diagram, height
from .svg import LETTER, drawing, element, line, text

LAYER, MOST = 40.0, 1000.0  # length of a layer, at most; and of a whole drawing
INCH = 100.0  # units of this drawing in one of `reports.diagram`


def stages(one: Diagram, step: float, layers: int) -> Markup:
    """The drawing of an architecture; a layer is `step` long, and there is room for `layers`, the same for all."""
    tallest = max(12.0, *(INCH * height(max(box.channels, box.bottleneck)) for box in one.boxes))
    ground = tallest + 6
    parts = []
    for box in one.boxes:
        left, length = step * box.start + 1, step * box.layers - 2
        outer, inner = max(2.0, INCH * height(box.channels)), INCH * height(box.bottleneck)
        told = f"{box.label}, {box.channels_told} channels, {box.layers} layer{'s' * (box.layers > 1)}, {box.side} px"
        inside = [element("rect", x=left, y=ground - outer, width=length, height=outer, class_="outer")]
        if box.bottleneck:
            inside += [
                element("rect", x=left + length * (layer + 0.25) / box.layers, y=ground - inner,
                        width=0.5 * length / box.layers, height=inner, class_="inner")
                for layer in range(box.layers)
            ]  # fmt: skip
        inside += _told(left + length / 2, ground, length, (box.label, box.channels_told, f"×{box.layers}"))
        parts.append(element("g", *inside, class_=f"mark block {box.family}", data_tip=told))
    for stage in one.stages:
        left, right, y = step * stage.start, step * stage.stop, ground + 50
        parts.append(line(left + 2, y, right - 2, y, "axis"))
        label = f"{stage.side} px"
        if LETTER * len(label) <= right - left:
            parts.append(text((left + right) / 2, y + 13, label, "middle", "tick"))
    label = f"{one.title}: {one.note}, in {len(one.stages)} stages"
    return drawing(step * layers, ground + 66, label, parts)


def step_of(layers: int) -> float:
    """The length of a layer at which so many of them still fit."""
    return min(LAYER, MOST / layers)


def _told(x: float, ground: float, room: float, lines: tuple[str, ...]) -> list[Markup]:
    return [
        text(x, ground + 14 + 13 * place, content, "middle", "tick")
        for place, content in enumerate(lines)
        if 0.85 * LETTER * len(content) <= room
    ]

"""Architectures drawn, one under another on one scale: a box a super-block, long as it is deep and high as it is wide.

All lengths on the paper are in inches, x to the right and y downwards.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple

from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from .escaping import figure_text
from .style import BLUE, COLUMN, GREEN, GREY, PAGE, VERMILLION, style
from .text import amount, plain

# Family: its colour, and how the figure's key explains the labels of its boxes.
FAMILIES = {
    "conv": (GREY, "k×k: convolution"),
    "basic": (BLUE, "k·k: residual, two convolutions"),
    "bottleneck": (VERMILLION, "1·k·1: residual bottleneck"),
    "inverted": (GREEN, "e k: inverted residual, expansion e, depthwise k×k"),
    "other": (GREY, "another block"),
}

MARGIN = 0.12
LAYER, LEAST_LAYER, MOST_WIDTH = 0.42, 0.26, 50.0  # length of a layer: at most, at least, and of a whole figure
DOUBLING = 0.085  # height of twice the channels; a box of FLOOR channels has none
FLOOR = 4
LEAST_SEEN = 0.04  # of a layer that is drawn by itself
APART = 0.03  # between two boxes
TITLE, LINE, GAP = 0.2, 0.1, 0.12  # heights: title, line of text, space between diagrams
TEXT, LEAST_TEXT = 5.5, 3.5  # points
CHARACTER = 0.72 / 72  # width of one for each point, about


class Box(NamedTuple):
    """One super-block as it is drawn. `start` and `layers` count layers; `side` is that of its output map in pixels."""

    start: int
    layers: int
    channels: int
    bottleneck: int
    family: str
    label: str
    side: int

    @property
    def channels_told(self) -> str:
        """Channels in the order in which a layer has them."""
        return f"{self.bottleneck}→{self.channels}" if self.bottleneck else str(self.channels)


class Stage(NamedTuple):
    """Neighbouring boxes whose maps have one side, in pixels: from the layer `start` to before `stop`."""

    start: int
    stop: int
    side: int


@dataclass(frozen=True)
class Diagram:
    """One architecture to draw: a title, what is said beside it, and its boxes."""

    title: str
    note: str
    boxes: tuple[Box, ...]

    @property
    def layers(self) -> int:
        """Layers altogether."""
        return sum(box.layers for box in self.boxes)

    @property
    def stages(self) -> list[Stage]:
        """The stages: one ends where the map shrinks."""
        groups = (list(boxes) for _, boxes in groupby(self.boxes, key=lambda box: box.side))
        return [Stage(boxes[0].start, boxes[-1].start + boxes[-1].layers, boxes[0].side) for boxes in groups]


def diagram(title: str, sizes: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> Diagram:
    """An architecture from its super-blocks, and of `sizes` the params, macs and layers.

    A block is a mapping with `kind` (the name of a super-block), `out_channels`, `bottleneck` (0: none), `layers` and
    `side` (of its output map, in pixels), as the column `blocks` of a search's row holds them.
    """
    boxes, start = [], 0
    for block in blocks:
        family, label = named(block["kind"])
        boxes.append(
            Box(start, block["layers"], block["out_channels"], block["bottleneck"], family, label, block["side"])
        )
        start += block["layers"]
    told = f"{amount(sizes['params'])} params, {amount(sizes['macs'])} MACs, {plain(sizes['layers'])} layers"
    return Diagram(title, told, tuple(boxes))


def named(kind: str) -> tuple[str, str]:
    """The family of a kind of super-block, and its kernels as a label."""
    from ..space.superblocks.structure import KINDS  # at first use: it brings torch, and few reports draw super-blocks

    if kind not in KINDS:
        return "other", kind
    family, kernel, expansion = KINDS[kind]
    labels = {
        "conv": f"{kernel}×{kernel}",
        "basic": f"{kernel}·{kernel}",
        "bottleneck": f"1·{kernel}·1",
        "inverted": f"e{expansion} k{kernel}",
    }
    return family, labels[family]


def height(channels: int) -> float:
    """Height of a box: equal steps for equal factors, so that 8 and 2048 channels fit one scale."""
    return DOUBLING * max(0.0, math.log2(max(channels, 1) / FLOOR))


def sheet(diagrams: Sequence[Diagram]) -> Figure:
    """Diagrams one under another; a layer has one length and a channel count one height in all of them."""
    most = max(one.layers for one in diagrams)
    step = min(LAYER, max(LEAST_LAYER, (PAGE - 2 * MARGIN) / most), MOST_WIDTH / most)
    tallest = max(max(height(box.channels), height(box.bottleneck)) for one in diagrams for box in one.boxes)
    key = _key(diagrams)
    row = TITLE + tallest + 4.4 * LINE + GAP
    width = max(step * most + 2 * MARGIN, COLUMN if len(diagrams) == 1 else PAGE)
    total = row * len(diagrams) + LINE * (len(key) + 1) + MARGIN
    with style():
        figure = Figure(figsize=(width, total))
        ax = figure.add_axes((0, 0, 1, 1))
        ax.set(xlim=(0, width), ylim=(total, 0))
        ax.set_axis_off()
        for place, one in enumerate(diagrams):
            _draw(ax, one, step, place * row + MARGIN, tallest)
        for line, (text, colour) in enumerate(key):
            y = row * len(diagrams) + MARGIN + LINE * (line + 0.5)
            if colour:
                ax.add_patch(Rectangle((MARGIN, y - 0.035), 0.07, 0.07, facecolor=colour))
            _write(ax, MARGIN + (0.12 if colour else 0), y, text, ha="left", color=GREY)
    return figure


def _key(diagrams: Sequence[Diagram]) -> list[tuple[str, str]]:
    """Lines that explain the figure, with a colour where they explain one."""
    present = {box.family for one in diagrams for box in one.boxes}
    families = [(text, colour) for family, (colour, text) in FAMILIES.items() if family in present]
    narrow = any(box.bottleneck for one in diagrams for box in one.boxes)
    heights = "heights, on a log scale: channels out (pale)" + ", and of the bottleneck (dark)" * narrow
    numbers = "below: kernels, channels" + " (bottleneck→out)" * narrow + ", layers, side of the output map"
    return [*families, (heights, ""), (numbers, "")]


def _draw(ax: Axes, one: Diagram, step: float, top: float, tallest: float) -> None:
    """One diagram whose title begins at `top`, over boxes of at most `tallest`."""
    title = ax.text(MARGIN, top, figure_text(one.title), fontsize=7, fontweight="bold", ha="left", va="top")
    ax.annotate(f"  {one.note}", (1, 0), xycoords=title, fontsize=6, color=GREY, ha="left", va="bottom")
    ground = top + TITLE + tallest
    for box in one.boxes:
        _draw_box(ax, box, MARGIN + step * box.start, step, ground)
    for stage in one.stages:
        left, right = MARGIN + step * stage.start, MARGIN + step * stage.stop
        line = ground + 3.4 * LINE
        ax.plot([left + 0.02, right - 0.02], [line, line], color=GREY, linewidth=0.8, solid_capstyle="butt")
        _write(ax, (left + right) / 2, line + 0.6 * LINE, f"{stage.side} px", right - left, color=GREY)
        if stage.start:
            ax.plot([left, left], [ground - tallest, line], color=GREY, linewidth=0.6, linestyle=(0, (2, 2)))


def _draw_box(ax: Axes, box: Box, left: float, step: float, ground: float) -> None:
    colour = FAMILIES[box.family][0]
    outer, inner, length = height(box.channels), height(box.bottleneck), step * box.layers
    apart = min(APART, 0.1 * length)
    ax.add_patch(Rectangle((left + apart / 2, ground - outer), length - apart, outer, facecolor=pale_of(colour)))
    seen = box.layers if step >= LEAST_SEEN else 1
    for x in (left + length * layer / seen for layer in range(seen)):
        if x > left:
            ax.plot([x, x], [ground, ground - outer], color="white", linewidth=0.5, solid_capstyle="butt")
        if box.bottleneck:
            bar = length / seen
            ax.add_patch(Rectangle((x + 0.25 * bar, ground - inner), 0.5 * bar, inner, facecolor=colour))
    middle = left + length / 2
    _write(ax, middle, ground + 0.7 * LINE, box.label, length, color=colour, fontweight="bold")
    _write(ax, middle, ground + 1.7 * LINE, box.channels_told, length)
    _write(ax, middle, ground + 2.7 * LINE, f"×{box.layers}", length)


def _write(ax: Axes, x: float, y: float, text: str, room: float = math.inf, **look: Any) -> None:
    """A short text around a point, smaller where it would run into its neighbours, none where it could not be read."""
    size = min(TEXT, room / (CHARACTER * len(text)))
    if size >= LEAST_TEXT:
        ax.text(x, y, figure_text(text), **{"fontsize": size, "ha": "center", "va": "center", **look})


def pale_of(colour: str) -> tuple[float, ...]:
    """A colour's pale shade, for what is behind."""
    return tuple(1 - 0.35 * (1 - part) for part in to_rgb(colour))

"""The one layer description: which convolutions a super-block consists of.

`plan` has it with names in place of channel numbers; the module (`network`), the cost (`cost`), the latency and the
closed-form scores (`analytic`) are all read off it, so they cannot disagree. Every convolution is followed by a batch
norm; ReLUs stand between the convolutions of a unit and, after the shortcut is added, at its end.
"""

from functools import lru_cache
from typing import NamedTuple

from .structure import KINDS, Block


def strided(side: int, stride: int) -> int:
    """Side of the map after a stride, where the kernel is odd and padded by half."""
    return (side - 1) // stride + 1


class Conv(NamedTuple):
    """A square convolution with padding (kernel − 1) / 2, followed by a batch norm unless `norm` is False."""

    in_channels: int
    out_channels: int
    kernel: int
    stride: int = 1
    groups: int = 1
    bias: bool = False
    norm: bool = True

    @property
    def fan_in(self) -> int:
        """Inputs of one output value: c_in · k² / groups."""
        return self.in_channels * self.kernel**2 // self.groups

    @property
    def params(self) -> int:
        """Weights, bias, and the batch norm's scale and shift."""
        return self.out_channels * (self.fan_in + int(self.bias) + 2 * int(self.norm))

    def side(self, side: int) -> int:
        """Side of the output map for an input map of `side`."""
        return strided(side, self.stride)

    def macs(self, side: int) -> int:
        """Multiply-adds on an input map of `side` (bias and batch norm are not counted)."""
        return self.out_channels * self.fan_in * self.side(side) ** 2


class Unit(NamedTuple):
    """Convolutions in a row, and what is added to their result: nothing, the unit's input, or a projection of it.

    `gate`: nothing, or the two 1×1 convolutions of a squeeze-and-excitation, on the 1×1 map of the channels' means.
    """

    convs: tuple[Conv, ...]
    residual: bool = False
    projection: Conv | None = None
    gate: tuple[Conv, ...] = ()

    @property
    def gated(self) -> int:
        """Index of the convolution behind whose ReLU a gate stands: the middle one, which is the depthwise if any."""
        return (len(self.convs) - 1) // 2


def squeezed(unit: Unit, ratio: float) -> Unit:
    """The unit with squeeze-and-excitation (Hu et al., CVPR 2018) if it is residual, else as it is.

    `ratio`: hidden channels as a fraction of the gated ones, rounded, at least one. Both convolutions have a bias and
    no batch norm. What a description calls residual is gated in the plain network too.
    """
    if not unit.residual:
        return unit
    channels = unit.convs[unit.gated].out_channels
    hidden = max(1, round(ratio * channels))
    into, out = (Conv(*pair, 1, bias=True, norm=False) for pair in ((channels, hidden), (hidden, channels)))
    return unit._replace(gate=(into, out))


def round8(x: float) -> int:
    """Nearest multiple of 8 (half to even), at least 8."""
    return max(8, round(x / 8) * 8)


class ConvPlan(NamedTuple):
    """A convolution between two of a block's `widths`, by their names; depthwise ones keep theirs."""

    source: str
    target: str
    kernel: int
    stride: int = 1
    depthwise: bool = False


class UnitPlan(NamedTuple):
    """Convolutions in a row. A residual unit has a projection where its shape changes, or if `projects` anyway."""

    convs: tuple[ConvPlan, ...]
    residual: bool
    projects: bool = False


@lru_cache(maxsize=256)
def plan(kind: str, stride: int, first: bool) -> tuple[UnitPlan, ...]:
    """The units of one layer of a super-block, `first` or further; the first unit carries the stride."""
    family, kernel, _ = KINDS[kind]
    c = "c" if first else "out"
    if family == "conv":
        return (UnitPlan((ConvPlan(c, "out", kernel, stride),), residual=False),)
    if family == "basic":
        # The first shortcut is projected even where the shapes agree; that is how the space was published.
        return (UnitPlan((ConvPlan(c, "b", kernel, stride), ConvPlan("b", "out", kernel)), True, stride > 1 or first),)
    if family == "bottleneck":
        return _bottleneck(c, kernel, stride), _bottleneck("out", kernel, 1)
    return _inverted(c, "wide_b", "b", kernel, stride), _inverted("b", "wide_out", "out", kernel, 1)


def _bottleneck(c: str, kernel: int, stride: int) -> UnitPlan:
    convs = ConvPlan(c, "b", 1), ConvPlan("b", "b", kernel, stride), ConvPlan("b", "out", 1)
    return UnitPlan(convs, residual=True, projects=stride > 1)


def _inverted(c: str, wide: str, out: str, kernel: int, stride: int) -> UnitPlan:
    depthwise = ConvPlan(wide, wide, kernel, stride, depthwise=True)
    return UnitPlan((ConvPlan(c, wide, 1), depthwise, ConvPlan(wide, out, 1)), residual=True, projects=stride > 1)


class Widths(NamedTuple):
    """The channel numbers of a block that a plan names; the wide ones are those inside inverted residuals."""

    c: int
    b: int
    out: int
    wide_b: int
    wide_out: int


def widths(block: Block) -> Widths:
    """Channel numbers of a super-block; wide ones are 0 where its family has none."""
    family, _, expansion = KINDS[block.kind]
    b, out = block.bottleneck, block.out_channels
    if family != "inverted":
        return Widths(block.in_channels, b, out, 0, 0)
    return Widths(block.in_channels, b, out, round8(b * expansion), round8(out * expansion))


@lru_cache(maxsize=1 << 14)
def units(block: Block) -> tuple[Unit, ...]:
    """The units of a super-block, in order."""
    first = plan(block.kind, block.stride, True)
    further = plan(block.kind, 1, False)
    channels = widths(block)._asdict()
    return tuple(_unit(unit, channels) for unit in first + further * (block.layers - 1))


def _unit(planned: UnitPlan, channels: dict[str, int]) -> Unit:
    convs = tuple(
        Conv(channels[c.source], channels[c.target], c.kernel, c.stride, channels[c.target] if c.depthwise else 1)
        for c in planned.convs
    )
    source, out = convs[0].in_channels, convs[-1].out_channels
    if not planned.residual or not (planned.projects or source != out):
        return Unit(convs, planned.residual)
    stride = max(conv.stride for conv in convs)
    return Unit(convs, planned.residual, Conv(source, out, 1, stride, bias=True))

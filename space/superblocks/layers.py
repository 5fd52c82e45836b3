"""The layer description: the only place that says which convolutions a super-block consists of.

The module (`network`), the cost (`cost`), the latency and the closed-form scores (`analytic`) are all derived from it,
so they cannot disagree. Every convolution is followed by a batch norm. There is a ReLU between two convolutions of a
unit, and one at its end, after the shortcut is added.
"""

from functools import lru_cache
from typing import NamedTuple

from ..conv import Conv
from .structure import KINDS, Block


class Unit(NamedTuple):
    """A chain of convolutions; to its result nothing, the unit's input, or a projection of the input is added.

    `gate`: empty, or the two 1×1 convolutions of a squeeze-and-excitation, on the 1×1 map of the channels' means.
    """

    convs: tuple[Conv, ...]
    residual: bool = False
    projection: Conv | None = None
    gate: tuple[Conv, ...] = ()

    @property
    def gated(self) -> int:
        """Index of the convolution whose ReLU a gate follows: the middle one, so the depthwise one if any."""
        return (len(self.convs) - 1) // 2


def add_gate(unit: Unit, ratio: float) -> Unit:
    """Add squeeze-and-excitation (Hu et al., CVPR 2018) to a residual unit; other units stay as they are.

    `ratio`: hidden channels as a fraction of the gated ones, rounded, at least one. Both convolutions have a bias and
    no batch norm. In the plain network the same units are gated, although they have lost their shortcuts.
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


@lru_cache(maxsize=1 << 14)
def units(block: Block) -> tuple[Unit, ...]:
    """The units of a super-block, in order. All layers after the first are alike."""
    kind, c, out, stride, bottleneck, layers = block
    first = layer_units(kind, c, out, stride, bottleneck, first=True)
    return first + layer_units(kind, out, out, 1, bottleneck, first=False) * (layers - 1)


def layer_units(kind: str, c: int, out: int, stride: int, bottleneck: int, first: bool) -> tuple[Unit, ...]:
    """The units of one layer of a super-block, from `c` to `out` channels; the first unit has the stride.

    `first`: whether it is the block's first layer.
    """
    family, kernel, expansion = KINDS[kind]
    if family == "conv":
        return (Unit((Conv(c, out, kernel, stride),)),)
    if family == "basic":
        # The first shortcut is projected even where the shapes agree; that is how the space was published.
        return (
            _residual((Conv(c, bottleneck, kernel, stride), Conv(bottleneck, out, kernel)), stride, projects=first),
        )
    if family == "bottleneck":
        return _bottleneck(c, bottleneck, out, kernel, stride), _bottleneck(out, bottleneck, out, kernel, 1)
    return (
        _inverted(c, round8(bottleneck * expansion), bottleneck, kernel, stride),
        _inverted(bottleneck, round8(out * expansion), out, kernel, 1),
    )


def _bottleneck(c: int, middle: int, out: int, kernel: int, stride: int) -> Unit:
    return _residual((Conv(c, middle, 1), Conv(middle, middle, kernel, stride), Conv(middle, out, 1)), stride)


def _inverted(c: int, wide: int, out: int, kernel: int, stride: int) -> Unit:
    return _residual((Conv(c, wide, 1), Conv(wide, wide, kernel, stride, wide), Conv(wide, out, 1)), stride)


def _residual(convs: tuple[Conv, ...], stride: int, projects: bool = False) -> Unit:
    """A residual unit. Its shortcut is a projection if the shape changes, or if it `projects` anyway."""
    c, out = convs[0].in_channels, convs[-1].out_channels
    projection = Conv(c, out, 1, stride, bias=True) if projects or stride > 1 or c != out else None
    return Unit(convs, True, projection)

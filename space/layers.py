"""The one layer description: which convolutions a super-block consists of.

The module (`network`), the cost (`cost`) and the closed-form scores (`analytic`) are all read off `units(block)`, so
they cannot disagree. Every convolution is followed by a batch norm; ReLUs stand between the convolutions of a unit and,
after the shortcut is added, at its end.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from space.structure import KINDS, Block


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
        return (side - 1) // self.stride + 1

    def macs(self, side: int) -> int:
        """Multiply-adds on an input map of `side` (bias and batch norm are not counted)."""
        return self.out_channels * self.fan_in * self.side(side) ** 2


class Unit(NamedTuple):
    """Convolutions in a row, and what is added to their result: nothing, the unit's input, or a projection of it."""

    convs: tuple[Conv, ...]
    residual: bool = False
    projection: Conv | None = None


def round8(x: float) -> int:
    """Nearest multiple of 8 (half to even), at least 8."""
    return max(8, round(x / 8) * 8)


@lru_cache(maxsize=1 << 16)
def units(block: Block) -> tuple[Unit, ...]:
    """The units of a super-block, in order; the first one carries the stride."""
    described: list[Unit] = []
    channels, stride = block.in_channels, block.stride
    for convs in _main_paths(block):
        out = convs[-1].out_channels
        # A basic block projects its first shortcut even where the shapes agree; that is how the space was published.
        projects = stride > 1 or channels != out or (KINDS[block.kind].family == "basic" and not described)
        projection = Conv(channels, out, 1, stride, bias=True) if block.residual and projects else None
        described.append(Unit(convs, block.residual, projection))
        channels, stride = out, 1
    return tuple(described)


def _main_paths(block: Block) -> Iterator[tuple[Conv, ...]]:
    """The convolutions of each unit."""
    family, kernel, expansion = KINDS[block.kind]
    c, out, b = block.in_channels, block.out_channels, block.bottleneck
    stride = block.stride
    for _ in range(block.layers):
        if family == "conv":
            yield (Conv(c, out, kernel, stride),)
        elif family == "basic":
            yield Conv(c, b, kernel, stride), Conv(b, out, kernel)
        elif family == "bottleneck":
            yield Conv(c, b, 1), Conv(b, b, kernel, stride), Conv(b, out, 1)
            yield Conv(out, b, 1), Conv(b, b, kernel), Conv(b, out, 1)
        else:
            yield _inverted(c, b, kernel, stride, expansion)
            yield _inverted(b, out, kernel, 1, expansion)
        c, stride = out, 1


def _inverted(c: int, out: int, kernel: int, stride: int, expansion: int) -> tuple[Conv, ...]:
    wide = round8(out * expansion)
    return Conv(c, wide, 1), Conv(wide, wide, kernel, stride, groups=wide), Conv(wide, out, 1)

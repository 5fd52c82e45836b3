"""A convolution as data: networks are built from it, and costs are counted on it."""

from typing import NamedTuple

IMAGE_CHANNELS = 3


def side_after(side: int, stride: int) -> int:
    """Side of the map after a convolution with this stride whose kernel side is odd and whose padding is half of it."""
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
    def weights(self) -> int:
        """Weights, without the bias: also the multiply-adds for one pixel of the output map."""
        return self.in_channels * self.kernel**2 // self.groups * self.out_channels

    @property
    def offsets(self) -> int:
        """Parameters other than the weights: bias, and scale and shift of the batch norm."""
        return self.out_channels * (self.bias + 2 * self.norm)

    @property
    def params(self) -> int:
        """Number of parameters: weights, bias, and scale and shift of the batch norm."""
        return self.weights + self.offsets

    def side(self, side: int) -> int:
        """Side of the output map for an input map of `side`."""
        return side_after(side, self.stride)

    def macs(self, side: int) -> int:
        """Multiply-adds on an input map of `side` (bias and batch norm are not counted)."""
        return self.weights * self.side(side) ** 2

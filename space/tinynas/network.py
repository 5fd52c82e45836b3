"""The network of a TinyNAS winner, as its published code builds it, and the cost that is counted on it."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import torch
from torch import nn

from ..cost import Cost
from ..errors import NotDefinedError
from ..modules.counting import count
from ..modules.network import LAYERS
from ..network import Network
from .winner import FRAMES, KINDS, Block, Kind, Winner

SQUEEZE = 0.25  # hidden channels of a gate, as a fraction of those it scales, rounded down to a multiple of 8


def _conv(video: bool, inputs: int, outputs: int, kernel: int, stride: int, groups: int, frames: int) -> nn.Sequential:
    """A convolution without bias, and its batch norm."""
    half = (kernel - 1) // 2
    if not video:
        conv: nn.Module = nn.Conv2d(inputs, outputs, kernel, stride, half, groups=groups, bias=False)
        return nn.Sequential(conv, nn.BatchNorm2d(outputs))
    size, steps, padding = (frames, kernel, kernel), (1, stride, stride), ((frames - 1) // 2, half, half)
    conv = nn.Conv3d(inputs, outputs, size, steps, padding, groups=groups, bias=False)
    return nn.Sequential(conv, nn.BatchNorm3d(outputs))


class Gate(nn.Module):
    """Squeeze-and-excitation, with batch norms."""

    def __init__(self, channels: int):
        super().__init__()
        hidden = max(1, round(channels * SQUEEZE) // 8) * 8
        self.squeeze, self.excite = (
            _conv(False, channels, hidden, 1, 1, 1, 1),
            _conv(False, hidden, channels, 1, 1, 1, 1),
        )
        self.activation = nn.SiLU()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to the same shape."""
        means = x.mean((2, 3), keepdim=True)
        return x * self.excite(self.activation(self.squeeze(means))).sigmoid()


class Layer(nn.Module):
    """One layer of a block: convolutions with batch norm, activations, and a shortcut if there is one."""

    def __init__(self, block: Block, first: bool, residual: bool):
        super().__init__()
        kind = KINDS[block.kind]
        inputs = block.in_channels if first else block.out_channels
        stride = block.stride if first else 1
        self.convs = nn.ModuleList(_chain(block, kind, inputs, stride))
        self.activations = nn.ModuleList(nn.SiLU() if kind.gated else nn.ReLU() for _ in self.convs)
        self.gate = Gate(block.bottleneck) if kind.gated else None
        self.shortcut = _shortcut(block, kind, inputs, stride, first) if residual and len(kind.inner) > 1 else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, …) to (N, C', …)."""
        y = x
        for index, (conv, activation) in enumerate(zip(self.convs, self.activations, strict=True)):
            y = conv(y)
            if index == len(self.convs) - 1 and self.shortcut is not None:
                y = y + self.shortcut(x)
            y = activation(y)
            if index == 1 and self.gate is not None:
                y = self.gate(y)
        return y


def _chain(block: Block, kind: Kind, inputs: int, stride: int) -> Iterator[nn.Module]:
    """The convolutions of a layer: the stride is that of the depthwise one, or else of the last k × k one."""
    last = len(kind.inner) - 1
    strided = max(index for index, form in enumerate(kind.inner) if form != "1")
    for index, form in enumerate(kind.inner):
        outputs = block.out_channels if index == last else block.bottleneck
        kernel, frames = (1, 1) if form == "1" else (block.kernel, block.frames)
        groups = inputs if form == "d" else 1
        yield _conv(kind.video, inputs, outputs, kernel, stride if index == strided else 1, groups, frames)
        inputs = outputs


def _shortcut(block: Block, kind: Kind, inputs: int, stride: int, first: bool) -> nn.Module | None:
    changes = inputs != block.out_channels
    if changes and kind.projects == "never":
        return None
    parts: list[nn.Module] = []
    if stride > 1:
        parts.append(nn.AvgPool3d((1, 2, 2)) if kind.video else nn.AvgPool2d(2))
    if changes or (first and kind.projects == "always"):
        parts.append(_conv(kind.video, inputs, block.out_channels, 1, 1, 1, 1))
    return nn.Sequential(*parts)


class WinnerNetwork(Network):
    """The network of a winner, for images (N, 3, H, W) or clips (N, 3, T, H, W)."""

    known = False

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes)."""
        return self.classifier(self.features(x).flatten(2).mean(2))

    def layers(self) -> Iterator[Any]:
        """Convolutions and linear layers."""
        return (module for module in self.modules() if isinstance(module, LAYERS))


def winner_network(architecture: Winner, num_classes: int, residual: bool, thin: bool) -> WinnerNetwork:
    """The network of a winner; arguments as in `space.build`."""
    if thin:
        raise NotDefinedError("defined for the networks of spaces, which can be made thin")
    units = [Layer(block, index == 0, residual) for block in architecture.blocks for index in range(block.layers)]
    return WinnerNetwork(architecture, units, architecture.blocks[-1].out_channels, num_classes)


def winner_shape(architecture: Winner, resolution: int) -> tuple[int, ...]:
    """The shape of one input: an image, or a clip of `FRAMES` frames."""
    channels = architecture.blocks[0].in_channels
    return (channels, FRAMES, resolution, resolution) if architecture.video else (channels, resolution, resolution)


@lru_cache(maxsize=1 << 10)
def winner_cost(architecture: Winner, resolution: int, num_classes: int, residual: bool) -> Cost:
    """The cost of a winner, counted on its network; arguments as in `space.cost`."""
    shape = winner_shape(architecture, resolution)
    cost = count(lambda: winner_network(architecture, num_classes, residual, thin=False), shape).cost
    main = sum(len(KINDS[block.kind].inner) * block.layers for block in architecture.blocks)
    return cost._replace(layers=architecture.layers, convolutions=main)

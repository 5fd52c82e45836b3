"""The network of a NAS-Bench-201 cell, and its cost, both from the same convolutions.

The network has a 3×3 stem, three stages of five cells with 16, 32 and 64 channels, a residual block of stride 2 between
two stages, batch norm and ReLU, global average pooling and a linear classifier. Each convolution of a cell comes after
a ReLU and before a batch norm.
"""

from collections.abc import Iterator

import torch
from torch import nn

from ..conv import IMAGE_CHANNELS, Conv
from ..cost import Cost
from ..network import Network, make_conv
from .cell import CELLS, EDGES, KERNELS, STAGES, Cell

WIDTH = 16  # channels of the first stage; each later stage has twice as many
THIN_WIDTH = 1


def _edge(operation: str, width: int) -> Conv | None:
    """The convolution of an operation; None if it has none."""
    return Conv(width, width, KERNELS[operation]) if operation in KERNELS else None


def _reduction(width: int) -> tuple[Conv, Conv, Conv]:
    """The residual block before a stage of `width` channels: two consecutive convolutions, and the one of its shortcut.

    The shortcut is pooled first, so its convolution has stride 1; it has no batch norm.
    """
    return Conv(width // 2, width, 3, 2), Conv(width, width, 3), Conv(width // 2, width, 1, norm=False)


def _stem(width: int) -> Conv:
    return Conv(IMAGE_CHANNELS, width, 3)


class Zero(nn.Module):
    """The operation "none": zeros that depend on the input, so that its gradients are zero and not missing."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Zeros in the shape of x."""
        return x * 0


class CellUnit(nn.Module):
    """One cell: maps (N, C, H, W) to the same shape."""

    def __init__(self, cell: Cell, width: int):
        super().__init__()
        self.edges = nn.ModuleList(_operation(name, width) for name in cell.operations)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """The last node: a sum over edges."""
        nodes: list[torch.Tensor | None] = [x, None, None, None]
        for (node, source), edge in zip(EDGES, self.edges, strict=True):
            term, total = edge(nodes[source]), nodes[node]
            nodes[node] = term if total is None else total + term
        assert nodes[3] is not None
        return nodes[3]


def _operation(name: str, width: int) -> nn.Module:
    spec = _edge(name, width)
    if spec:
        return _convolution(spec)
    if name == "avg_pool_3x3":
        return nn.AvgPool2d(3, stride=1, padding=1, count_include_pad=False)
    return nn.Identity() if name == "skip_connect" else Zero()


def _convolution(spec: Conv) -> nn.Sequential:
    # Not in place: other edges read the same node.
    return nn.Sequential(nn.ReLU(), make_conv(spec), nn.BatchNorm2d(spec.out_channels))


class Reduction(nn.Module):
    """The residual block between stages; without its shortcut in the plain network."""

    def __init__(self, width: int, residual: bool):
        super().__init__()
        first, second, projection = _reduction(width)
        self.body = nn.Sequential(_convolution(first), _convolution(second))
        # Rounded up, as the strided convolution does, for maps with an odd side.
        pool = nn.AvgPool2d(2, stride=2, ceil_mode=True)
        self.shortcut = nn.Sequential(pool, make_conv(projection)) if residual else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to (N, 2·C, ⌈H/2⌉, ⌈W/2⌉)."""
        return self.body(x) if self.shortcut is None else self.body(x) + self.shortcut(x)


def cell_network(architecture: Cell, num_classes: int, residual: bool, thin: bool) -> Network:
    """The network of a cell; arguments as in `space.build`."""
    width = THIN_WIDTH if thin else WIDTH
    last = width * 2 ** (STAGES - 1)
    return Network(architecture, _units(architecture, width, residual), last, num_classes)


def _units(cell: Cell, width: int, residual: bool) -> Iterator[nn.Module]:
    yield nn.Sequential(make_conv(_stem(width)), nn.BatchNorm2d(width))
    for stage in range(STAGES):
        if stage:
            width *= 2
            yield Reduction(width, residual)
        for _ in range(CELLS):
            yield CellUnit(cell, width)
    yield nn.Sequential(nn.BatchNorm2d(width), nn.ReLU())


def cell_cost(architecture: Cell, resolution: int, num_classes: int, residual: bool) -> Cost:
    """Cost of the network of a cell; arguments as in `space.cost`."""
    width, side = WIDTH, resolution
    stem = _stem(width)
    params, macs = stem.params, stem.macs(side)
    for stage in range(STAGES):
        if stage:
            width *= 2
            first, second, projection = _reduction(width)
            convs = (first, second, projection) if residual else (first, second)
            params += sum(spec.params for spec in convs)
            macs += first.macs(side)
            side = first.side(side)
            macs += sum(spec.macs(side) for spec in convs[1:])
        edges = [spec for spec in (_edge(name, width) for name in architecture.operations) if spec]
        params += CELLS * sum(spec.params for spec in edges)
        macs += CELLS * sum(spec.macs(side) for spec in edges)
    params += 2 * width + (width + 1) * num_classes  # the last batch norm and the classifier
    return Cost(params, macs + width * num_classes, architecture.layers, architecture.layers, side)

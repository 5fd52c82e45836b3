"""Single layers of a network as modules, for measuring them one by one."""

import torch
from torch import nn

from ..conv import Conv
from ..network import Network
from .latency import Layer
from .layers import Unit
from .network import ConvUnit


class Piece(nn.Module):
    """One layer as it runs within a network; `forward` takes maps (N, inputs, side, side)."""

    def __init__(self, layer: Layer, inputs: int, outputs: int):
        super().__init__()
        self.adds = layer.role in ("projection", "sum")
        self.channels = inputs if layer.role in ("depthwise", "sum") else outputs  # of the output
        self.body: nn.Module = nn.Identity()
        if layer.role == "projection":
            # The unit's own way to build one: a shortcut around nothing else.
            spec = Unit((), True, Conv(inputs, outputs, 1, layer.stride, bias=True))
            projection = ConvUnit(spec, True).projection
            assert projection is not None
            self.body = projection
        elif layer.role == "head":
            self.body = Network(None, (), inputs, outputs)
        elif layer.role != "sum":
            groups = inputs if layer.role == "depthwise" else 1
            conv = Conv(inputs, outputs * groups, layer.kernel, layer.stride, groups)
            self.body = ConvUnit(Unit((conv,)), False)

    def forward(self, x: torch.Tensor, y: torch.Tensor | None = None) -> torch.Tensor:
        """The output of the layer for maps x, added to the maps y if the layer is (part of) a shortcut."""
        out: torch.Tensor = self.body(x)
        return out if y is None else y + out

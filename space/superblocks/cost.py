"""What a super-block network costs, in closed form: sums over the layer description (`layers`)."""

from functools import lru_cache
from typing import NamedTuple

from ..conv import side_after
from ..cost import Cost
from .layers import add_gate, layer_units, units
from .structure import Block, Structure


class BlockCost(NamedTuple):
    """Cost of one super-block on a map of a given side."""

    params: int
    macs: int
    convolutions: int
    side: int


class _LayerSums(NamedTuple):
    """Sums over one layer of a super-block, for any side of its map.

    A convolution has one multiply-add per weight for each pixel of its output map. Before the strided convolution of a
    layer, that map has the side of the layer's input (`weights_before`); from it on, the side of the layer's output
    (`weights_after`).
    """

    params: int  # without shortcuts
    weights_before: int
    weights_after: int
    shortcut_params: int
    shortcut_weights: int  # on the output map
    convolutions: int


def block_cost(block: Block, side: int, residual: bool = True) -> BlockCost:
    """Cost of a block whose input map is `side` × `side` pixels."""
    params, macs, shortcut_params, shortcut_macs, convolutions, out_side = _block_costs(block, side)
    if residual:
        params, macs = params + shortcut_params, macs + shortcut_macs
    return BlockCost(params, macs, convolutions, out_side)


@lru_cache(maxsize=1 << 14)
def _block_costs(block: Block, side: int) -> tuple[int, int, int, int, int, int]:
    """Parameters and multiply-adds without shortcuts and of shortcuts alone, convolutions, and the output's side."""
    first, further, times = *_sums(block), block.layers - 1
    out_side = side_after(side, block.stride)
    area = out_side * out_side
    return (
        first.params + times * further.params,
        first.weights_before * side * side + (first.weights_after + times * further.weights_before) * area,
        first.shortcut_params + times * further.shortcut_params,
        (first.shortcut_weights + times * further.shortcut_weights) * area,
        first.convolutions + times * further.convolutions,
        out_side,
    )


@lru_cache(maxsize=1 << 16)
def _block_params(block: Block) -> int:
    """Parameters of a block with its shortcuts, which do not depend on the side of its map."""
    first, further = _sums(block)
    return first.params + first.shortcut_params + (block.layers - 1) * (further.params + further.shortcut_params)


def _sums(block: Block) -> tuple[_LayerSums, _LayerSums]:
    """The sums over a block's first layer, and over each further layer (unused if there is none)."""
    kind, c, out, stride, bottleneck, layers = block
    first = _layer_sums(kind, c, out, stride, bottleneck, True)
    return first, _layer_sums(kind, out, out, 1, bottleneck, False) if layers > 1 else first


# Cached per layer, since blocks with any number of layers share them.
@lru_cache(maxsize=1 << 16)
def _layer_sums(kind: str, c: int, out: int, stride: int, bottleneck: int, first: bool) -> _LayerSums:
    before = after = offsets = shortcut_params = shortcut_weights = convolutions = 0
    strided = False
    for convs, _, projection, _ in layer_units(kind, c, out, stride, bottleneck, first):
        for conv in convs:
            strided = strided or conv.stride > 1
            if strided:
                after += conv.weights
            else:
                before += conv.weights
            offsets += conv.offsets
        convolutions += len(convs)
        if projection:
            shortcut_params += projection.params
            shortcut_weights += projection.weights
    return _LayerSums(before + after + offsets, before, after, shortcut_params, shortcut_weights, convolutions)


def structure_cost(architecture: Structure, resolution: int, num_classes: int, residual: bool) -> Cost:
    """Cost of a super-block network; arguments as in `space.cost`."""
    params = macs = layers = convolutions = 0
    side = resolution
    for block in architecture.blocks:
        plain_params, plain_macs, shortcut_params, shortcut_macs, count, side = _block_costs(block, side)
        params += plain_params
        macs += plain_macs
        if residual:
            params += shortcut_params
            macs += shortcut_macs
        convolutions += count
        layers += block.layers
    width = architecture.blocks[-1].out_channels
    return Cost(params + (width + 1) * num_classes, macs + width * num_classes, layers, convolutions, side)


def squeezed_cost(architecture: Structure, resolution: int, num_classes: int, residual: bool, squeeze: float) -> Cost:
    """Cost of a super-block network with squeeze-and-excitation; arguments as in `space.cost`.

    Only the two convolutions of a gate are counted: means, sigmoid and scaling are not multiply-adds of a layer.
    """
    described = (add_gate(unit, squeeze) for block in architecture.blocks for unit in units(block))
    gates = [conv for unit in described for conv in unit.gate]
    cost = structure_cost(architecture, resolution, num_classes, residual)
    params, macs = sum(conv.params for conv in gates), sum(conv.macs(1) for conv in gates)
    return cost._replace(params=cost.params + params, macs=cost.macs + macs)


def structure_params(architecture: Structure, num_classes: int) -> int:
    """The number of parameters that `structure_cost` gives with shortcuts, in a third of its time."""
    return sum(map(_block_params, architecture.blocks)) + (architecture.blocks[-1].out_channels + 1) * num_classes

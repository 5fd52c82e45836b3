"""What an architecture costs, in closed form: parameters and multiply-adds without building a module."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from space.layers import Unit, units
from space.structure import Block, Structure


class Cost(NamedTuple):
    """The cost of one network.

    `params`: true parameter count, batch norms and classifier included. `macs`: multiply-adds of convolutions and
    linear layers for one image (the field's "FLOPs"). `layers`: as budgets count them, the sum of the blocks' `layers`.
    `convolutions`: on the main path. `side`: side of the last feature map, in pixels.
    """

    params: int
    macs: int
    layers: int
    convolutions: int
    side: int


class BlockCost(NamedTuple):
    """Cost of one super-block on a map of a given side."""

    params: int
    macs: int
    convolutions: int
    side: int


def block_cost(block: Block, side: int, residual: bool = True) -> BlockCost:
    """Cost of a block whose input map is `side` × `side` pixels."""
    # All layers after the first are alike, so two tell the cost of any number, and depth does not dilute the cache.
    first, further = _layer_costs(block._replace(layers=2), side, residual)
    rest = block.layers - 1
    return BlockCost(
        first.params + rest * further.params,
        first.macs + rest * further.macs,
        first.convolutions + rest * further.convolutions,
        first.side,
    )


@lru_cache(maxsize=1 << 18)
def _layer_costs(block: Block, side: int, residual: bool) -> tuple[BlockCost, BlockCost]:
    """Costs of the two layers of a block."""
    described = units(block)
    half = len(described) // 2
    first = _units_cost(described[:half], side, residual)
    return first, _units_cost(described[half:], first.side, residual)


def _units_cost(described: Sequence[Unit], side: int, residual: bool) -> BlockCost:
    params = macs = convolutions = 0
    for unit in described:
        if residual and unit.projection:
            params += unit.projection.params
            macs += unit.projection.macs(side)
        for conv in unit.convs:
            params += conv.params
            macs += conv.macs(side)
            side = conv.side(side)
        convolutions += len(unit.convs)
    return BlockCost(params, macs, convolutions, side)


def structure_cost(architecture: Structure, resolution: int, num_classes: int, residual: bool) -> Cost:
    """Cost of a super-block network; arguments as in `space.cost`."""
    params = macs = layers = convolutions = 0
    side = resolution
    for block in architecture.blocks:
        part = block_cost(block, side, residual)
        params += part.params
        macs += part.macs
        convolutions += part.convolutions
        layers += block.layers
        side = part.side
    width = architecture.blocks[-1].out_channels
    return Cost(params + (width + 1) * num_classes, macs + width * num_classes, layers, convolutions, side)

"""What an architecture costs, in closed form: parameters and multiply-adds without building a module."""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from .layers import UnitPlan, Widths, plan, squeezed, strided, units, widths
from .structure import Block, Structure


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
    params, macs, shortcut_params, shortcut_macs, convolutions, out_side = _block_costs(block, side)
    if residual:
        params, macs = params + shortcut_params, macs + shortcut_macs
    return BlockCost(params, macs, convolutions, out_side)


@lru_cache(maxsize=1 << 14)
def _block_costs(block: Block, side: int) -> tuple[int, int, int, int, int, int]:
    """Parameters and multiply-adds without shortcuts and of shortcuts alone, convolutions, and the output's side."""
    kind, _, _, stride, _, layers = block
    formula, convolutions = _formula(kind, stride)
    out_side = strided(side, stride)
    area = out_side * out_side
    before, after, norms, shortcut, projected = formula(*widths(block), layers)
    return (
        before + after + 2 * norms,
        before * side * side + after * area,
        shortcut + 3 * projected,  # weights; a bias, and the batch norm's scale and shift
        shortcut * area,
        convolutions * layers,
        out_side,
    )


@lru_cache(maxsize=1 << 16)
def _block_params(block: Block) -> int:
    """Parameters of a block with its shortcuts, whatever the side of its map."""
    # Past the cache of costs, which entries of a side that no map has would crowd.
    params, _, shortcut_params, *_ = _block_costs.__wrapped__(block, 1)
    return params + shortcut_params


@lru_cache(maxsize=256)
def _formula(kind: str, stride: int) -> tuple[Callable[..., tuple[int, int, int, int, int]], int]:
    """A kind of block in closed form, and how many convolutions each of its layers has.

    The formula takes `Widths` and the number of layers, and gives the weights of convolutions on the input map, of
    those on the output map, channels under batch norms, weights of projections, and channels that these give. It is the
    sum over the layer description, written out once as an expression: searches ask for it 100,000 times a second, and
    to go through the description each time would take them a fifth longer.
    """
    first, further = plan(kind, stride, True), plan(kind, 1, False)
    sums = [_written(one, rest) for one, rest in zip(_sums(first, stride > 1), _sums(further, False), strict=True)]
    convolutions = sum(len(unit.convs) for unit in first)
    return eval(f"lambda {', '.join(Widths._fields)}, layers: ({', '.join(sums)})"), convolutions


def _sums(units: Sequence[UnitPlan], strided: bool) -> tuple[Counter[str], ...]:
    """The formula's five sums over one layer: how often each product of widths is in them."""
    before, after, norms, shortcut, projected = sums = tuple(Counter[str]() for _ in range(5))
    weights = before if strided else after
    for unit in units:
        for conv in unit.convs:
            weights = after if conv.stride > 1 else weights
            product = conv.target if conv.depthwise else f"{conv.source} * {conv.target}"
            weights[product] += conv.kernel**2
            norms[conv.target] += 1
        if unit.residual:
            source, out = unit.convs[0].source, unit.convs[-1].target
            changes = "" if unit.projects else f"({source} != {out}) * "
            shortcut[f"{changes}{source} * {out}"] += 1
            projected[f"{changes}{out}"] += 1
    return sums


def _written(first: Counter[str], further: Counter[str]) -> str:
    """A sum over the first layer and all further ones as an expression."""

    def written(terms: Counter[str]) -> str:
        return " + ".join(product if times == 1 else f"{times} * {product}" for product, times in terms.items()) or "0"

    return f"{written(first)} + (layers - 1) * ({written(further)})" if further else written(first)


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

    Of a gate its convolutions count: means, sigmoid and scaling are no multiply-adds of a layer.
    """
    described = (squeezed(unit, squeeze) for block in architecture.blocks for unit in units(block))
    gates = [conv for unit in described for conv in unit.gate]
    cost = structure_cost(architecture, resolution, num_classes, residual)
    params, macs = sum(conv.params for conv in gates), sum(conv.macs(1) for conv in gates)
    return cost._replace(params=cost.params + params, macs=cost.macs + macs)


def structure_params(architecture: Structure, num_classes: int) -> int:
    """The parameters that `structure_cost` gives with shortcuts, in a third of its time: they need no sides of maps."""
    return sum(map(_block_params, architecture.blocks)) + (architecture.blocks[-1].out_channels + 1) * num_classes

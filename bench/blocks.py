"""The super-blocks of an architecture as rows, for whoever prints or draws them."""

from typing import Any

from .. import space


def block_rows(architecture: space.Architecture, resolution: int) -> list[dict[str, Any]]:
    """One row a super-block, from input to output; none for an architecture that is no chain of such blocks.

    `kind, in_channels, out_channels, stride, bottleneck` (0 where the kind has none), `layers` and `side`, that of the
    block's output map in pixels for images of `resolution` pixels.
    """
    if not isinstance(architecture, space.Structure):
        return []
    rows, side = [], resolution
    for block in architecture.blocks:
        side = space.block_cost(block, side).side
        rows.append({**block._asdict(), "side": side})
    return rows

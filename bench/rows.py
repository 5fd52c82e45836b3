"""Columns and rows that describe an architecture, where it is stored, printed or drawn."""

from typing import Any

from .. import space

Row = dict[str, Any]


def size_columns(cost: space.Cost | None) -> dict[str, int | None]:
    """The columns of a stored row with the size of its architecture; their values are None if there is none."""
    if cost is None:
        return {"params": None, "macs": None, "layers": None}
    return {"params": cost.params, "macs": cost.macs, "layers": cost.layers}


def block_rows(architecture: space.Architecture, resolution: int) -> list[dict[str, Any]]:
    """One row per super-block, from input to output; no row for an architecture of another family.

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

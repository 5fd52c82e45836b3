"""`inspect`: one architecture, looked at."""

import json
from typing import Annotated, Any

import typer

import space
from bench.commands import options


def inspect(
    architecture: Annotated[str, typer.Argument(metavar="ARCH", help="Its text.")],
    space_name: Annotated[
        str | None, typer.Option("--space", help="Gives the default resolution and classes; default: by its text.")
    ] = None,
    resolution: options.Resolution = None,
    num_classes: options.NumClasses = None,
    as_json: options.Json = False,
) -> None:
    """Parameters, multiply-adds, layers, shapes, entropy and effectiveness, in closed form."""
    structure = options.architecture(architecture)
    within = options.space_named(space_name or _USUAL[type(structure)])
    facts = _facts(structure, resolution or within.resolution, num_classes or within.num_classes)
    if as_json:
        print(json.dumps(facts))
        return
    blocks = facts.pop("blocks", ())
    for name, value in facts.items():
        print(f"{name:22}{f'{value:,}' if isinstance(value, int) else value}")
    if blocks:
        print(f"\n{'block':24}{'output (C×H×W)':>18}{'layers':>8}{'params':>12}{'macs':>16}")
    for block in blocks:
        c, side = block["channels"], block["side"]
        print(
            f"{block['kind']:24}{f'{c}×{side}×{side}':>18}{block['layers']:>8}{block['params']:>12,}{block['macs']:>16,}"
        )


_USUAL = {space.Structure: "resnet", space.Cell: "nasbench201", space.Macro: "nasbench_macro"}


def _facts(structure: space.Architecture, resolution: int, num_classes: int) -> dict[str, Any]:
    cost = space.cost(structure, resolution, num_classes)
    plain = space.cost(structure, resolution, num_classes, residual=False)
    return {
        "architecture": str(structure),
        "resolution": resolution,
        "num_classes": num_classes,
        "params": cost.params,
        "params_plain": plain.params,
        "macs": cost.macs,
        "macs_plain": plain.macs,
        "layers": cost.layers,
        "convolutions": cost.convolutions,
        **(_of_blocks(structure, resolution) if isinstance(structure, space.Structure) else {}),
    }


def _of_blocks(structure: space.Structure, resolution: int) -> dict[str, Any]:
    """What only super-block structures have."""
    return {
        "effectiveness": space.effectiveness(structure),
        "entropy": space.entropy(structure, resolution),
        "blocks": _blocks(structure, resolution),
    }


def _blocks(structure: space.Structure, resolution: int) -> list[dict[str, Any]]:
    rows, side = [], resolution
    for block in structure.blocks:
        part = space.block_cost(block, side)
        side = part.side
        rows.append(
            {
                "kind": block.kind,
                "channels": block.out_channels,
                "side": side,
                "stride": block.stride,
                "layers": block.layers,
                "params": part.params,
                "macs": part.macs,
            }
        )
    return rows

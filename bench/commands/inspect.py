"""`inspect`: what one architecture costs, and how it looks."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from ... import space
from ..errors import UsageError
from ..rows import block_rows
from . import options


def inspect(
    architecture: Annotated[
        str, typer.Argument(metavar="ARCH", help="Text of an architecture, or @FILE that holds one.")
    ],
    space_name: Annotated[
        str | None,
        typer.Option(
            "--space",
            metavar=options.choices(space.SPACES),
            help="Space whose resolution and number of classes are the default; without it, by the text.",
        ),
    ] = None,
    resolution: options.Resolution = None,
    num_classes: options.NumClasses = None,
    draw: Annotated[Path | None, typer.Option("--draw", help="File for a drawing of its stages, .png or .svg.")] = None,
    imports: options.Imports = None,
    as_json: options.Json = False,
) -> None:
    """Show what an architecture costs: parameters, multiply-adds, layers, shapes.

    For super-block structures also their entropy and effectiveness. All in closed form: no network is built.
    """
    options.load_imports(imports)
    structure = options.architecture(architecture)
    within = _space(space_name, structure)
    facts = _facts(structure, resolution or within.resolution, num_classes or within.num_classes)
    if draw is not None:
        _draw(draw, structure, facts)
    if as_json:
        print(json.dumps(facts))
        return
    blocks = facts.pop("blocks", ())
    for name, value in facts.items():
        print(f"{name:22}{f'{value:,}' if isinstance(value, int) else value}")
    if blocks:
        print("\n" + "\n".join(_table(blocks)))


_DEFAULT_SPACES = {space.Structure: "resnet", space.Cell: "nasbench201", space.Macro: "nasbench_macro"}


def _space(name: str | None, structure: space.Architecture) -> space.Space | space.Collection:
    """The space of a name, or if there is none the one that an architecture belongs to."""
    if name is None and isinstance(structure, space.Winner):
        return space.TINYNAS
    if name is None and isinstance(structure, space.Own):
        return structure.space
    return options.space_named(name or _DEFAULT_SPACES[type(structure)])


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
    """The facts that only super-block structures have."""
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
                "bottleneck": block.bottleneck,
                "side": side,
                "stride": block.stride,
                "layers": block.layers,
                "params": part.params,
                "macs": part.macs,
            }
        )
    return rows


def _table(blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    """One line per block, with a bar for its number of channels, and a rule where the map shrinks."""
    lines = [f"{'block':18}{'output (C×H×W)':>15}{'layers':>7}{'params':>11}{'macs':>14}  channels, log"]
    side = blocks[0]["side"]
    for block in blocks:
        if block["side"] != side:
            side = block["side"]
            lines.append("-" * len(lines[0]))
        shape = f"{block['channels']}×{side}×{side}"
        lines.append(
            f"{block['kind']:18}{shape:>15}{block['layers']:>7}{block['params']:>11,}{block['macs']:>14,}"
            f"  {_bar(block['channels'])}"
        )
    return lines


def _bar(channels: int) -> str:
    """A bar with one character per doubling from four channels on, so that 8 and 2048 fit on one scale."""
    halves = max(1, round(2 * math.log2(channels / 4)))
    return "█" * (halves // 2) + "▌" * (halves % 2)


def _draw(path: Path, structure: space.Architecture, facts: Mapping[str, Any]) -> None:
    from ...reports.diagram import diagram, sheet  # at first use: half a second's import that a search does without
    from ...reports.report import replace
    from ...reports.style import render

    kind = path.suffix.removeprefix(".").lower()
    if kind not in ("png", "svg"):
        raise UsageError(f"--draw {path}: name a .png or .svg file")
    if not path.parent.is_dir():
        raise UsageError(f"--draw {path}: no folder {path.parent}")
    blocks = block_rows(structure, facts["resolution"])
    if not blocks:
        raise UsageError("--draw: only architectures of super-blocks can be drawn")
    title = f"{facts['resolution']} px, {facts['num_classes']} classes"
    replace(path, render(sheet([diagram(title, facts, blocks)]))[kind])

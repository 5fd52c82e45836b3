"""`list`: what there is."""

import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

import proxies
import space
from bench import config
from bench.commands import options
from bench.errors import UsageError
from train import DATASETS, RECIPES


def list_(
    what: Annotated[str, typer.Argument(help="proxies, spaces, datasets, recipes or presets.")],
    imports: options.Imports = None,
    as_json: options.Json = False,
) -> None:
    """List proxies, spaces, data sets, recipes or presets."""
    options.load_imports(imports)
    if what not in _LISTS:
        raise UsageError(f"list {what}: choose {', '.join(_LISTS)}")
    for name, facts in _LISTS[what]().items():
        if as_json:
            print(json.dumps({"name": name, **facts}))
        else:
            print(f"{name:20}{facts['summary']}")


def _proxies() -> dict[str, dict[str, Any]]:
    declared = (
        "needs",
        "init",
        "residual",
        "mode",
        "batch",
        "batches",
        "precision",
        "higher_is_better",
        "deterministic",
    )
    return {
        name: {"summary": entry.summary, **{field: getattr(entry, field) for field in declared}}
        for name, entry in ((name, proxies.get(name)) for name in proxies.names())
    }


def _spaces() -> dict[str, dict[str, Any]]:
    return {
        name: {
            "summary": f"{entry.resolution} px, {entry.num_classes} classes, {len(entry.kinds)} kinds of block",
            "resolution": entry.resolution,
            "num_classes": entry.num_classes,
            "kinds": entry.kinds,
            "initial": entry.start,
        }
        for name, entry in space.SPACES.items()
    }


_LISTS: dict[str, Callable[[], dict[str, dict[str, Any]]]] = {
    "proxies": _proxies,
    "spaces": _spaces,
    "datasets": lambda: {name: {"summary": text} for name, text in DATASETS.items()},
    "recipes": lambda: {
        name: {"summary": f"{entry.epochs} epochs, batch {entry.batch_size}"} for name, entry in RECIPES.items()
    },
    "presets": lambda: {name: {"summary": text} for name, text in config.presets().items()},
}

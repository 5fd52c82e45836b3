"""`list`: proxies, spaces, data sets, recipes and presets."""

import json
from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Annotated, Any, Literal

import typer

from ... import proxies, space
from ...train import DATASETS, RECIPES
from ..errors import UsageError
from ..study import config
from ..tabular import trained
from . import options

Listed = Literal["proxies", "spaces", "datasets", "recipes", "presets", "tables"]
DESCRIPTIONS: dict[Listed, str] = {
    "proxies": "scores of architectures that need no training",
    "spaces": "what `--space` takes",
    "datasets": "what `--data` takes",
    "recipes": "ways of training: what `train --recipe` takes",
    "presets": "studies that `run` takes by name",
    "tables": "trained networks that `rank` compares proxies on; `--table` takes them too",
}


def list_(
    what: Annotated[Listed | None, typer.Argument(metavar="WHAT", help="What to list.")] = None,
    imports: options.Imports = None,
    as_json: options.Json = False,
) -> None:
    """List proxies, spaces, data sets, recipes, presets or tables."""
    options.load_imports(imports)
    if what is None:
        print("\n".join(f"{name:9} {len(listed()):3}  {DESCRIPTIONS[name]}" for name, listed in _LISTS.items()))
        raise UsageError(f"list: name one of these, for example `zsbench list {next(iter(_LISTS))}`")
    listed = _LISTS[what]()
    width = max(map(len, listed))
    for name, facts in listed.items():
        print(json.dumps({"name": name, **facts}) if as_json else f"{name:{width}}  {facts['summary']}")


def _proxies() -> dict[str, dict[str, Any]]:
    declared = [field.name for field in fields(proxies.Proxy) if field.name not in ("name", "function")]
    entries = [proxies.get(name) for name in proxies.names()]
    return {
        entry.name: {"summary": entry.summary, **{field: getattr(entry, field) for field in declared}}
        for entry in entries
    }


def _spaces() -> dict[str, dict[str, Any]]:
    return {
        name: {
            "summary": f"{entry.resolution} px, {entry.num_classes} classes, {_content(entry)}",
            "resolution": entry.resolution,
            "num_classes": entry.num_classes,
            "choices": entry.choices,
            "size": entry.size,
            "initial": entry.start,
        }
        for name, entry in space.SPACES.items()
    }


def _content(entry: space.Space[Any]) -> str:
    if isinstance(entry, space.OwnSpace):
        return "of your own"
    return f"{len(entry.choices)} kinds of block" if entry.size is None else f"{entry.size:,} architectures"


_LISTS: dict[Listed, Callable[[], dict[str, dict[str, Any]]]] = {
    "proxies": _proxies,
    "spaces": _spaces,
    "datasets": lambda: {name: {"summary": text} for name, text in DATASETS.items()},
    "recipes": lambda: {name: {"summary": entry.description, **asdict(entry)} for name, entry in RECIPES.items()},
    "presets": lambda: {name: {"summary": text} for name, text in config.presets().items()},
    "tables": lambda: {name: {"summary": table.summary} for name, table in trained.tables().items()},
}

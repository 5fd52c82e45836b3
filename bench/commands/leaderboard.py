"""`leaderboard`: every proxy on every table that ships, from stored rows."""

from pathlib import Path
from typing import Annotated

import typer

from ... import results
from ...results.files import replace
from ..errors import UsageError
from ..files import write_whole
from ..messages import say
from ..standing.adding import add_proxy
from ..standing.table import load
from ..tabular import trained
from . import options

IMAGE = "images/leaderboard.png"  # beside the page


def leaderboard(
    out: Annotated[Path, typer.Option("--out", help="The page; its diagram lies in `images` beside it.")] = Path(
        "docs/leaderboard.md"
    ),
    table: Annotated[
        list[str] | None,
        typer.Option("--table", help="NAME=CSV: accuracies of a table that ships without them, to show it too."),
    ] = None,
    add: Annotated[str | None, typer.Option("--add", help="A proxy to score on every table first: a new row.")] = None,
    imports: options.Imports = None,
    data_root: options.DataRoot = None,
    workers: options.Workers = None,
    device: options.Device = "auto",
    as_json: options.Json = False,
) -> None:
    """Write the leaderboard: every proxy on every table of trained networks.

    It has intervals, ranks and costs, all from stored rows.
    """
    options.load_imports(imports)
    given = _accuracies(table or [])
    if add is not None:
        name = options.one_proxy(add, "--add: one proxy at a time")
        for one in trained.tables().values():
            if one.has_accuracies:
                count = add_proxy(one, name, options.device(device), data_root, imports or (), workers)
                say(f"{one.name}: {count:,} scores by {name} are new, written to the table itself in {one.folder}")
    held = {
        name: load(name, given.get(name)).trained
        for name, one in trained.tables().items()
        if one.has_accuracies or name in given
    }
    if not held:
        raise UsageError("leaderboard: no table with accuracies ships; give some with --table NAME=CSV")
    board = results.leaderboard(held)
    from ... import reports
    from ...reports.style import render

    write_whole(_made(out), reports.leaderboard_page(board))
    replace(_made(out.parent / IMAGE), render(reports.leaderboard_figure(board))["png"])
    if as_json:
        print(board.rows.to_json(orient="records", lines=True), end="")
    say(f"{out}: {board.rows['proxy'].nunique()} proxies on {', '.join(held)}")


def _made(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def _accuracies(given: list[str]) -> dict[str, str]:
    pairs = [text.partition("=") for text in given]
    for name, sign, path in pairs:
        if not sign:
            raise UsageError(f"--table {name}: expected NAME=CSV, with a name of `zsbench list tables`")
        trained.find(name)
        if not Path(path).is_file():
            raise UsageError(f"--table {name}={path}: no such file")
    return {name: path for name, _, path in pairs}

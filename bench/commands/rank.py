"""`rank`: where a proxy stands among all others, on tables of trained networks."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from ... import proxies
from ...names import unknown_name
from ..errors import UsageError
from ..messages import say
from ..standing.choosing import chosen, of_space
from ..standing.ranking import Ranked, Running, rank_on
from ..standing.table import RankingTable, load
from . import options

BUDGET = 60.0  # seconds


def rank(
    file: Annotated[
        str | None, typer.Argument(metavar="[FILE.py|NAME]", help="Your proxy's file, or the name of a built-in proxy.")
    ] = None,
    proxy: Annotated[str | None, typer.Option("--proxy", help="Which proxy, where the file has several.")] = None,
    on: Annotated[
        str | None, typer.Option("--on", help="Tables, separated by commas; default: the largest that ships.")
    ] = None,
    table: Annotated[
        str | None, typer.Option("--table", help="CSV with the accuracies of a table that ships without them.")
    ] = None,
    space: Annotated[
        str | None,
        typer.Option("--space", help="With --table: a space without stored scores; compares with sizes only."),
    ] = None,
    budget: Annotated[
        float, typer.Option("--budget", min=0, help="Seconds of scoring for each table; 0: no limit.")
    ] = BUDGET,
    half_width: Annotated[
        float | None, typer.Option("--half-width", min=0.001, help="Stop when τ ± this is known, at 95 %.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of the order in which networks are scored.")] = 0,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the page, the figures and the frames.")] = None,
    data_root: options.DataRoot = None,
    workers: options.Workers = None,
    device: options.Device = "auto",
    as_json: options.Json = False,
) -> None:
    """Rank a proxy among all others on trained networks, by stored scores.

    Only your proxy is scored now. Ctrl-C gives the verdict so far.
    """
    if out is not None and out.exists() and not out.is_dir():
        raise UsageError(f"--out {out}: a file; name a folder")
    if file is not None and not _is_name(file) and not Path(file).exists():
        known = unknown_name("proxy", file, proxies.names())
        raise UsageError(f"rank {file}: {'no such file' if '.' in file else f'neither a file nor a proxy; {known}'}")
    imports = [] if file is None or _is_name(file) else [Path(file)]
    name = _name(file, proxy, list(options.load_imports(imports)))
    where = options.device(device)
    ranked: list[Ranked] = []
    for held in list(_tables(on, table, space, seed)):  # all are read before the first is scored
        ranked.append(_ranked(held, name, where, data_root, budget, half_width, imports, workers))
        _show(ranked[-1], as_json)  # at once, so that nothing which comes later can lose it
        if ranked[-1].ended == "interrupted":
            break
    if out is not None:
        from ..standing.writing import write_verdicts

        page = write_verdicts(out, ranked)
        say(f"page: {page}")


def _show(one: Ranked, as_json: bool) -> None:
    from ... import reports  # at first use: half a second's import

    for found in one.verdicts:
        print(json.dumps(found.row()) if as_json else reports.verdict_text(found, one.ended), flush=True)


def _tables(on: str | None, table: str | None, space: str | None, seed: int) -> Iterator[RankingTable]:
    if space is None:
        yield from (load(name, accuracies, seed) for name, accuracies in chosen(on, table))
    elif table is None or on is not None:
        raise UsageError("--space: give --table with it, and not --on")
    else:
        yield of_space(options.space_named(space), table, seed)


def _ranked(
    held: RankingTable,
    name: str,
    device: str,
    data_root: str | None,
    budget: float,
    half_width: float | None,
    imports: list[Path],
    workers: int | None,
) -> Ranked:
    settings = held.settings(name, device, data_root)
    try:
        return rank_on(
            held,
            name,
            settings,
            budget=budget or None,
            half_width=half_width,
            tell=_tell,
            imports=imports,
            workers=workers,
        )
    except ValueError as error:
        raise UsageError(error) from None


def _tell(now: Running) -> None:
    from ...reports.verdict import running_line  # at first use: half a second's import

    say(running_line(now.n, now.total, now.tau, now.low, now.high, now.rank, now.of, now.seconds))


def _is_name(text: str) -> bool:
    return text in proxies.names()


def _name(file: str | None, proxy: str | None, found: list[str]) -> str:
    if proxy is not None:
        return options.one_proxy(proxy, "--proxy: a verdict is on one proxy")
    if file is not None and _is_name(file):
        return file
    if not found:
        raise UsageError("rank: give a file with your proxy, or --proxy NAME (see `zsbench list proxies`)")
    if len(found) > 1:
        raise UsageError(f"{file}: it registers {', '.join(found)}; say which with --proxy")
    return found[0]

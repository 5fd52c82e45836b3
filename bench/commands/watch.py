"""`watch`: how far a running study has come. It only reads, so that the study does not notice."""

import math
import os
import time
from collections import deque
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ...results import DATABASE, Part, Progress, Tally, open_study
from ..progress import format_duration

LOOKS = 30  # the rate is over the time since so many looks ago
SHOWN = 3  # searches under way that are named
QUIET_SECONDS = 60.0  # between two looks where nobody sees a terminal

Look = tuple[float, Progress]  # seconds of a clock, and what there was then


def watch(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A study's folder.")],
    once: Annotated[bool, typer.Option("--once", help="Print how far it is and end.")] = False,
    every: Annotated[
        float | None,
        typer.Option("--every", min=0.1, help="Seconds between two looks; default: 2, or 60 without a terminal."),
    ] = None,
) -> None:
    """Show how far a running study has come, until it is done.

    It only reads: the study does not notice.
    """
    console = Console(highlight=False)
    with open_study(folder) as store:
        tally = Tally(store)
        looks: deque[Look] = deque([(time.monotonic(), tally.look())], maxlen=LOOKS)
        if once or not (folder / DATABASE).is_file():  # rows alone do not change
            console.print(shown(folder, looks))
            return
        seconds = every or (2.0 if console.is_terminal else QUIET_SECONDS)
        try:
            _follow(console, folder, tally, looks, seconds)
        except KeyboardInterrupt:
            console.print("The study goes on; this only looked.", style="dim")


def _follow(console: Console, folder: Path, tally: Tally, looks: deque[Look], seconds: float) -> None:
    """Show each look in place of the one before on a terminal, below it elsewhere, until the study is done."""

    def next_look() -> bool:
        if looks[-1][1].finished and worker(folder) is None:
            return False
        time.sleep(seconds)
        looks.append((time.monotonic(), tally.look()))
        return True

    if console.is_terminal:
        with Live(shown(folder, looks), console=console, auto_refresh=False) as live:
            while next_look():
                live.update(shown(folder, looks), refresh=True)
    else:
        console.print(shown(folder, looks))
        while next_look():
            if looks[-1][1].rows != looks[-2][1].rows or looks[-1][1].finished:
                console.print(shown(folder, looks))


def worker(folder: Path) -> int | None:
    """The process on this machine that works on the study; None where there is none."""
    try:
        pid = int((folder / ".lock.pid").read_text("utf-8"))
        os.kill(pid, 0)  # sends nothing: asks whether there is such a process
    except PermissionError:
        return pid
    except (OSError, ValueError, OverflowError):
        return None
    return pid


def shown(folder: Path, looks: deque[Look]) -> RenderableType:
    """A look, with rates since earlier ones."""
    standing = looks[-1][1]
    parts = Table.grid(padding=(0, 2))
    for part in standing.parts:
        parts.add_row(Text(part.name), Text(_counted(part)), Text(_left(part, looks), style="dim"))
    lines: list[RenderableType] = [Text(_title(folder, standing), style="bold"), parts]
    if standing.under_way and standing.current is not None and standing.current.name == "searches":
        named = "; ".join(map(_plain, standing.under_way[:SHOWN]))
        more = len(standing.under_way) - SHOWN
        lines.append(Text(f"next searches: {named}{f'; {more} more' if more > 0 else ''}"))
    lines.append(_proxies(standing))
    failed = ", ".join(f"{count:,} {what}" for what, count in standing.failures.items())
    lines.append(Text(f"failures: {failed or 'none'}"))
    rate = _rate(looks, [(at, look.rows) for at, look in looks])
    told = "" if rate is None else f" ({60 * rate:,.0f} rows per minute)"
    lines.append(Text(f"{standing.rows:,} rows{told}"))
    return Group(*lines)


def _title(folder: Path, standing: Progress) -> str:
    pid = worker(folder)
    if standing.finished and pid is None:
        state = "done"
    elif pid is not None:
        state = f"running, process {pid}"
    else:
        state = "not finished, and no process of this machine works on it"
    return f"{_plain(standing.name) or folder.name}: {state}"


def _counted(part: Part) -> str:
    return f"{part.done:,}" if part.wanted is None else f"{part.done:,} of {part.wanted:,}"


def _left(part: Part, looks: deque[Look]) -> str:
    """The time that is left for the part at the rate of the last looks; nothing where it has none."""
    if part.finished or part.wanted is None or looks[-1][1].current != part:
        return ""
    standing = looks[-1][1]
    if part.name == "searches" and standing.evaluations:
        # A search has no row before its end; its scores have. Seeds share scores, so this is the most it can take.
        rate = _rate(looks, [(at, look.scores) for at, look in looks])
        left = (part.wanted - part.done) * standing.evaluations
        most = "at most "
    else:
        rate = _rate(looks, [(at, next((p.done for p in look.parts if p.name == part.name), 0)) for at, look in looks])
        left, most = part.wanted - part.done, ""
    return "" if rate is None else f"{most}{format_duration(left / rate)} left at this rate"


def _rate(looks: deque[Look], counts: list[tuple[float, int]]) -> float | None:
    """Rows per second over the looks that are kept; None before anything has changed."""
    seconds, grown = counts[-1][0] - counts[0][0], counts[-1][1] - counts[0][1]
    return grown / seconds if seconds > 0 and grown > 0 else None


def _proxies(standing: Progress) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    table.add_column("proxy", overflow="ellipsis", no_wrap=True, max_width=40)
    for title in ("searches", "scores", "best score", "failures"):
        table.add_column(title, justify="right")
    for proxy, one in standing.proxies.items():
        best = "" if math.isnan(one.best) else f"{one.best:.6g}"
        failed = ", ".join(f"{status} {count:,}" for status, count in one.failures.most_common())
        table.add_row(*map(Text, (_plain(proxy), str(one.searches), f"{one.scores:,}", best, failed)))
    return table


def _plain(text: str) -> str:
    """A name of a user's, without what would steer the terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)

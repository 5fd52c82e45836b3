"""Progress on stderr: bars on a terminal, plain lines elsewhere.

There may be 20,000 steps per second: a step costs one look at the clock, and only the few that are shown are formatted.
"""

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from ..search import Counts
from .messages import say

BAR_SECONDS, LINE_SECONDS = 0.25, 15.0  # between two updates of a bar, and between two plain lines
RATE_SECONDS, RATE_POINTS = 1.0, 30  # the recent rate is measured over 30 points, at least a second apart

Clock = Callable[[], float]  # seconds
Show = Callable[[int, str, bool], None]  # takes the steps done, a note, and whether the stage ends


class Advance(Protocol):
    """The function that a stage yields, to report steps."""

    def __call__(self, note: str = "", steps: int = 1) -> None:
        """Report steps that are done now, with a short note."""


@contextmanager
def stage(title: str, total: int) -> Iterator[Advance]:
    """A stage of `total` steps, such as jobs; yields a function to call when steps are done."""
    with _display(title, total, TimeRemainingColumn()) as (show, seconds):
        done, due, told = 0, time.monotonic() + seconds, ""

        def advance(note: str = "", steps: int = 1) -> None:
            nonlocal done, due, told
            done, told = done + steps, note
            if (now := time.monotonic()) >= due:
                due = now + seconds
                show(done, note, False)

        yield advance
        show(done, told, True)


class Rate:
    """Evaluations per second, recent and overall, without those that a resumed search reads from the store.

    Reading is so fast that a rate with such evaluations would promise an end much too early, so each of them starts the
    measurement again.
    """

    def __init__(self) -> None:
        self._stored = 0
        self._begin: tuple[float, int] | None = None
        self._points: deque[tuple[float, int]] = deque(maxlen=RATE_POINTS)
        self._now = (0.0, 0)

    def add(self, now: float, evaluations: int, stored: int) -> None:
        """Note the number of evaluations at the time `now`, in seconds; `stored` of them came from the store."""
        if self._begin is None or stored != self._stored:
            self._stored, self._begin = stored, (now, evaluations)
            self._points.clear()
        if not self._points or now - self._points[-1][0] >= RATE_SECONDS:
            self._points.append((now, evaluations))
        self._now = (now, evaluations)

    @property
    def recent(self) -> float | None:
        """The rate over the last half minute, or thirty evaluations if they are slow; None before the first."""
        return self._since(self._points[0]) if self._points else None

    @property
    def overall(self) -> float | None:
        """The rate since the first evaluation that was not read from the store."""
        return self._since(self._begin) if self._begin else None

    def _since(self, point: tuple[float, int]) -> float | None:
        seconds, count = self._now[0] - point[0], self._now[1] - point[1]
        return count / seconds if seconds > 0 and count > 0 else None


class Watch:
    """Progress of a search: candidates per second, best score, acceptance, duplicates and remaining time."""

    def __init__(self, show: Show, total: int, seconds: float, clock: Clock = time.monotonic):
        self._show, self._total, self._seconds, self._clock = show, total, seconds, clock
        self._last: tuple[Counts, float | None, int] = (Counts(), None, 0)
        self._rate = Rate()
        self._shown = now = clock()
        self._due = now + min(seconds, RATE_SECONDS)
        self._rate.add(now, 0, 0)

    def tick(self, counts: Counts, best: float | None, stored: int = 0) -> None:
        """Report an evaluation, or several; `counts` may be the same object each time.

        `best` is the best score so far as the proxy gives it (None: nothing to show); `stored` counts the evaluations
        whose score was read from the store.
        """
        self._last = (counts, best, stored)
        now = self._clock()
        if now < self._due:
            return
        self._due = now + min(self._seconds, RATE_SECONDS)
        self._rate.add(now, counts.evaluations, stored)
        if now - self._shown >= self._seconds:
            self._shown = now
            rate = self._rate.recent
            left = (self._total - counts.evaluations) / rate if rate else None
            self._show(counts.evaluations, _format_note(counts, best, rate, stored, left), False)

    def end(self) -> None:
        """Show the state at the end of the search."""
        counts, best, stored = self._last
        self._rate.add(self._clock(), counts.evaluations, stored)
        self._show(counts.evaluations, _format_note(counts, best, self._rate.overall, stored), True)


@contextmanager
def watch(title: str, total: int) -> Iterator[Watch]:
    """A search of `total` evaluations; yields a `Watch`, whose `tick` is called at every evaluation."""
    with _display(title, total) as (show, seconds):
        watched = Watch(show, total, seconds)
        yield watched
        watched.end()


def _format_note(counts: Counts, best: float | None, rate: float | None, stored: int, left: float | None = None) -> str:
    parts = [
        f"{rate:,.0f}/s" if rate and rate >= 10 else f"{rate:.2g}/s" if rate else "",
        "" if left is None else f"{format_duration(left)} left",
        "" if best is None else f"best {best:.6g}",
        f"accepted {100 * counts.evaluations / counts.proposals:.0f} %" if counts.proposals else "",
        f"duplicates {counts.duplicates:,}",
        f"{stored:,} from the store" if stored else "",
    ]
    return ", ".join(filter(None, parts))


def format_duration(seconds: float) -> str:
    """A time as people say it: 12 s, 3 min 05 s, 2 h 10 min."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


@contextmanager
def _display(title: str, total: int, *more: ProgressColumn) -> Iterator[tuple[Show, float]]:
    """Yield a function that shows a stage, and the seconds between two calls of it."""
    if not sys.stderr.isatty():
        yield _show_lines(title, total), LINE_SECONDS
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        *more,
    )
    with _Noted(*columns, console=Console(stderr=True), refresh_per_second=1 / BAR_SECONDS) as progress:
        task = progress.add_task(title, total=total)

        def show(done: int, note: str, last: bool) -> None:
            progress.note = note
            progress.update(task, completed=done)

        yield show, BAR_SECONDS


class _Noted(Progress):
    """A bar with a note on a line of its own, since beside the bar it would not fit a terminal of 80 columns."""

    note = ""

    def get_renderables(self) -> Iterator[RenderableType]:
        yield from super().get_renderables()
        if self.note:
            yield Text(f"  {self.note}", style="dim", no_wrap=True, overflow="ellipsis")


def _show_lines(title: str, total: int) -> Show:
    start = time.monotonic()

    def show(done: int, note: str, last: bool) -> None:
        seconds = time.monotonic() - start
        took = f"in {seconds:.1f} s" if last else f"after {seconds:.0f} s"
        say(f"{title}: {done:,}/{total:,} {took}{', ' * bool(note)}{note}")

    return show

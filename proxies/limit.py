"""A time limit for one score."""

import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any

TICK = 0.1  # seconds; how exact a limit is among many

_deadline: float | None = None  # of the present score, where there is a tick that looks at it; None where there is none


class TimeLimitError(BaseException):
    """A score overran its time limit. No `Exception`, lest a proxy's own `except Exception` swallow it."""


class time_limit:  # noqa: N801 - it is used as a function is
    """Raise TimeLimitError inside the block after `seconds`.

    Works by a POSIX timer signal, which only a main thread can receive (workers score in theirs) and which Python acts
    on between two operations. Elsewhere the block runs on, and the caller has to compare the clock afterwards. A timer
    that somebody else has set goes on after the block, and what it missed in the block comes at once. A class, as a
    generator would take several times as long, and a search has many scores that take microseconds.
    """

    def __init__(self, seconds: float | None):
        self._seconds = seconds if _can_interrupt() else None
        self._previous: Any = None
        self._other = (0.0, 0.0)

    def __enter__(self) -> None:
        global _deadline
        if self._seconds is None:
            return
        if _deadline is not None:
            _deadline = time.monotonic() + self._seconds
            return
        self._other = _stopped()
        self._previous = signal.signal(signal.SIGALRM, _interrupt)
        try:
            signal.setitimer(signal.ITIMER_REAL, self._seconds)
        except TimeLimitError:  # a limit so short that it is over
            self._end()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        global _deadline
        if self._seconds is None:
            return
        if _deadline is not None:
            _deadline = math.inf
            return
        try:
            signal.setitimer(signal.ITIMER_REAL, 0)
        finally:  # it may fire here, and does so once
            self._end()

    def _end(self) -> None:
        signal.signal(signal.SIGALRM, self._previous)
        _go_on(*self._other)


@contextmanager
def many_limits() -> Iterator[None]:
    """Within the block, a limit is a note for a timer that ticks: setting one takes no call of the system.

    For scores by the ten thousand, as such a call can take longer than a score in closed form.
    """
    global _deadline
    if _deadline is not None or not _can_interrupt():
        yield
        return
    other = _stopped()
    previous = signal.signal(signal.SIGALRM, _look)
    _deadline = math.inf
    signal.setitimer(signal.ITIMER_REAL, TICK, TICK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)
        _deadline = None
        _go_on(*other)


def _stopped() -> tuple[float, float]:
    """Stop the process's timer: when it would have fired next (0 where there is none), and its interval."""
    left, interval = signal.setitimer(signal.ITIMER_REAL, 0)
    return time.monotonic() + left if left else 0.0, interval


def _go_on(due: float, interval: float) -> None:
    if due:
        signal.setitimer(signal.ITIMER_REAL, max(due - time.monotonic(), 1e-6), interval)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise TimeLimitError


def _look(_signal: int, _frame: FrameType | None) -> None:
    if _deadline is not None and time.monotonic() > _deadline:
        raise TimeLimitError


def _can_interrupt() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()

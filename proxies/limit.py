"""A time limit for one score."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

_listening = False  # whether the timer's signal raises TimeLimitError at present


class TimeLimitError(BaseException):
    """A score overran its time limit. No `Exception`, lest a proxy's own `except Exception` swallow it."""


class time_limit:  # noqa: N801 - it is used as a function is
    """Raise TimeLimitError inside the block after `seconds`.

    Works by a POSIX timer signal, which only a main thread can receive (workers score in theirs) and which Python acts
    on between two operations. Elsewhere the block runs on, and the caller has to compare the clock afterwards. A class,
    as a generator would take several times as long, and a search has many scores that take microseconds.
    """

    def __init__(self, seconds: float | None):
        self._seconds = seconds if _can_interrupt() else None
        self._previous: object = None

    def __enter__(self) -> None:
        if self._seconds is not None:
            if not _listening:
                self._previous = signal.signal(signal.SIGALRM, _interrupt)
            signal.setitimer(signal.ITIMER_REAL, self._seconds)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            if not _listening:
                signal.signal(signal.SIGALRM, self._previous)  # type: ignore[arg-type]


@contextmanager
def many_limits() -> Iterator[None]:
    """Within the block, a time limit has only its timer to set: for scores by the ten thousand."""
    global _listening
    if _listening or not _can_interrupt():
        yield
        return
    previous = signal.signal(signal.SIGALRM, _interrupt)
    _listening = True
    try:
        yield
    finally:
        _listening = False
        signal.signal(signal.SIGALRM, previous)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise TimeLimitError


def _can_interrupt() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()

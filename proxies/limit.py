"""A time limit for one score."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TimeLimitError(BaseException):
    """A score overran its time limit. No `Exception`, lest a proxy's own `except Exception` swallow it."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Raise TimeLimitError inside the block after `seconds`.

    Works by a POSIX timer signal, which only a main thread can receive (workers score in theirs) and which Python acts
    on between two operations. Elsewhere the block runs on, and the caller has to compare the clock afterwards.
    """
    if seconds is None or not _can_interrupt():
        yield
        return

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise TimeLimitError

    previous = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)


def _can_interrupt() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()

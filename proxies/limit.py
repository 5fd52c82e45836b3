"""Time limits of scores."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

TICK_SECONDS = 0.1  # between two looks of `many_limits` at the clock
RETRY_SECONDS = 0.005  # until a limit that met code which must finish tries again
GRACE_SECONDS = 1.0  # how long such code may take to finish
AGAIN_SECONDS = 1.0  # until the error is raised again in a block that swallowed it

# Functions that must finish. If one of them were interrupted, something would stay open, because no `__exit__` is
# called; or the error would be lost, as in `__del__`; or an import would stay half done, which cannot be repeated.
FINISHING = frozenset({"__enter__", "__exit__", "enter_context", "__del__", "_find_and_load"})

_innermost: "time_limit | None" = None  # of the limits whose blocks are running now
_ticking = False  # whether `many_limits` has set the timer


class TimeLimitError(BaseException):
    """A score took longer than its limit. Not an `Exception`: a proxy's own `except Exception` must not catch it."""


class time_limit:  # noqa: N801 - it is used like a function
    """Raise TimeLimitError inside the block after `seconds`; None sets no limit.

    A POSIX timer signal does it. Only the main thread receives it (workers score in theirs), and Python reacts to it
    between two operations. In other threads the block is not interrupted, and the caller must compare the clock
    afterwards. The error is raised in the block or in what it calls, but not while a context manager is entered or
    left: the limit waits for that, at most GRACE_SECONDS. A timer that somebody else has set continues after the block;
    if it was due during the block, it fires at once. This is a class because a generator would take several times as
    long, and a search has many scores that take microseconds.
    """

    def __init__(self, seconds: float | None):
        self._seconds = seconds if _can_interrupt() else None
        self._due = 0.0
        self._block: FrameType | None = None
        self._outer: time_limit | None = None
        self._timer: _Timer | None = None

    def __enter__(self) -> None:
        global _innermost
        if self._seconds is None:
            return
        self._due = time.monotonic() + self._seconds
        self._block = sys._getframe(1)
        self._outer, _innermost = _innermost, self
        if not _ticking:
            self._timer = _Timer(self._seconds, RETRY_SECONDS)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        global _innermost
        if self._seconds is None:
            return
        _innermost = self._outer
        self._block = self._outer = None
        if self._timer is not None:
            self._timer.give_back()

    def interrupt(self, frame: FrameType | None) -> None:
        """Raise TimeLimitError in `frame`, which is running, if the time is over and no function there must finish."""
        late = time.monotonic() - self._due
        if late < 0 or (late < GRACE_SECONDS and self._finishing(frame)):
            return
        self._due += late + AGAIN_SECONDS
        raise TimeLimitError

    def _finishing(self, frame: FrameType | None) -> bool:
        """Whether one of FINISHING is running between the block and `frame`."""
        while frame is not None and frame is not self._block:
            if frame.f_code.co_name in FINISHING:
                return True
            frame = frame.f_back
        return False


@contextmanager
def many_limits() -> Iterator[None]:
    """Within the block, one timer ticks for all limits, so that setting a limit needs no system call.

    It is for tens of thousands of closed-form scores: a system call can take longer than one of these. Limits are then
    exact to TICK_SECONDS.
    """
    global _ticking
    if _ticking or not _can_interrupt():
        yield
        return
    timer = _Timer(TICK_SECONDS, TICK_SECONDS)
    _ticking = True
    try:
        yield
    finally:
        _ticking = False
        timer.give_back()


class _Timer:
    """The timer of the process, taken over from its user: it fires after `first` seconds, then every `interval`."""

    def __init__(self, first: float, interval: float):
        left, self._interval = signal.setitimer(signal.ITIMER_REAL, 0)
        self._due = time.monotonic() + left if left else 0.0
        self._handler = signal.signal(signal.SIGALRM, _interrupt)
        signal.setitimer(signal.ITIMER_REAL, first, interval)

    def give_back(self) -> None:
        """Stop this timer, and let the one before it continue."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._handler)
        if self._due:
            signal.setitimer(signal.ITIMER_REAL, max(self._due - time.monotonic(), 1e-6), self._interval)


def _interrupt(_signal: int, frame: FrameType | None) -> None:
    if _innermost is not None:
        _innermost.interrupt(frame)


def _can_interrupt() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()

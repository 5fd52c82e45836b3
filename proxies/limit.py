"""A time limit for one score."""

import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType

TICK = 0.1  # seconds; how exact a limit is among many
RETRY = 0.005  # seconds until a limit that met code which has to finish tries again
GRACE = 1.0  # seconds; how long it lets such code finish
AGAIN = 1.0  # seconds until the error is raised again in a block that swallowed it

# Functions that have to finish. Interrupted in one of these, a block would leave open what it had opened, no `__exit__`
# would be called, or the error would be lost, as in `__del__`; a half done import cannot be repeated.
FINISHING = frozenset({"__enter__", "__exit__", "enter_context", "__del__", "_find_and_load"})

_innermost: "time_limit | None" = None  # of the limits whose blocks are running
_ticking = False  # whether `many_limits` has set the timer


class TimeLimitError(BaseException):
    """A score overran its time limit. No `Exception`, lest a proxy's own `except Exception` swallow it."""


class time_limit:  # noqa: N801 - it is used as a function is
    """Raise TimeLimitError inside the block after `seconds`; None sets no limit.

    Works by a POSIX timer signal, which only a main thread can receive (workers score in theirs) and which Python acts
    on between two operations. Elsewhere the block runs on, and the caller has to compare the clock afterwards. The
    error is raised in the block and in what it calls, but never while a context manager is entered or left: that is
    waited for, at most GRACE seconds. A timer that somebody else has set goes on after the block, and what it missed in
    the block comes at once. A class, as a generator would take several times as long, and a search has many scores that
    take microseconds.
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
            self._timer = _Timer(self._seconds, RETRY)

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
        """Raise TimeLimitError in `frame`, which is running, if the time is over and nothing there has to finish."""
        late = time.monotonic() - self._due
        if late < 0 or (late < GRACE and self._finishing(frame)):
            return
        self._due += late + AGAIN
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
    """Within the block, a limit is a note for a timer that ticks: setting one takes no call of the system.

    For scores by the ten thousand, as such a call can take longer than a score in closed form.
    """
    global _ticking
    if _ticking or not _can_interrupt():
        yield
        return
    timer = _Timer(TICK, TICK)
    _ticking = True
    try:
        yield
    finally:
        _ticking = False
        timer.give_back()


class _Timer:
    """The process's timer, taken from whoever had set it: it fires after `first` seconds, then at each `interval`."""

    def __init__(self, first: float, interval: float):
        left, self._interval = signal.setitimer(signal.ITIMER_REAL, 0)
        self._due = time.monotonic() + left if left else 0.0
        self._handler = signal.signal(signal.SIGALRM, _interrupt)
        signal.setitimer(signal.ITIMER_REAL, first, interval)

    def give_back(self) -> None:
        """Stop it, and let the timer before it go on."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, self._handler)
        if self._due:
            signal.setitimer(signal.ITIMER_REAL, max(self._due - time.monotonic(), 1e-6), self._interval)


def _interrupt(_signal: int, frame: FrameType | None) -> None:
    if _innermost is not None:
        _innermost.interrupt(frame)


def _can_interrupt() -> bool:
    return hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()

"""Save a running training on SIGTERM, which clusters send before they take a machine back."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ... import train
from ..messages import say


@contextmanager
def until_terminated() -> Iterator[Callable[[], bool]]:
    """Yield a function that returns True once SIGTERM has arrived; the training in the block asks it, and saves itself.

    The process then ends by that signal, as it would without the block. If another process of the training's group got
    the signal, this one ends with the exit code of the signal. Nothing is done if something else handles the signal, or
    outside the main thread.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        with _exit_when_stopped():
            yield lambda: False
        return
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    try:
        with _exit_when_stopped():
            yield asked.is_set
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if asked.is_set():
            signal.raise_signal(signal.SIGTERM)


@contextmanager
def _exit_when_stopped() -> Iterator[None]:
    try:
        yield
    except train.Stopped:
        say("zsbench: terminated; the training is saved; run the same command again to continue")
        raise SystemExit(128 + signal.SIGTERM) from None

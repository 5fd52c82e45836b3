"""SIGTERM, by which clusters take their machines back: what runs is saved first."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from ... import train
from ..progress import say


@contextmanager
def until_terminated() -> Iterator[Callable[[], bool]]:
    """What tells a training in the block that SIGTERM has come; once the training has saved itself, the process ends.

    It ends by that signal, as it would have without the block, or, where it was another process of its group that was
    told to stop, with the exit code of that. Where the signal is another's to handle (a cluster's own, another
    thread's) it is left alone.
    """
    ours = threading.current_thread() is threading.main_thread()
    if not ours or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        with _ended():
            yield lambda: False
        return
    asked = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: asked.set())
    try:
        with _ended():
            yield asked.is_set
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if asked.is_set():
            signal.raise_signal(signal.SIGTERM)


@contextmanager
def _ended() -> Iterator[None]:
    try:
        yield
    except train.Stopped:
        say("zsbench: terminated; the training is saved, run the same command again to go on")
        raise SystemExit(128 + signal.SIGTERM) from None

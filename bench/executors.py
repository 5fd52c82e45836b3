"""Where jobs run: in this process, or in a pool of workers on this machine."""

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any

import torch

from bench.config import CombinationConfig, load_proxies, register


class SerialExecutor(Executor):
    """Runs a job when it is submitted, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """A finished future."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the future hands it to whoever asks for the result
            future.set_exception(error)
        return future


def default_workers(threads: int, device: str) -> int:
    """As many workers as the cores allow with `threads` each; on a GPU one, for they would share its memory."""
    if device != "cpu":
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // threads)


@contextmanager
def open_executor(
    workers: int, threads: int, imports: Sequence[str] = (), combinations: Mapping[str, CombinationConfig] | None = None
) -> Iterator[Executor]:
    """An executor of `workers` processes with `threads` threads each; `imports` are the user's proxy files,
    `combinations` the study's own proxies.

    One worker is this process. Either way a job runs with the same number of threads, so its result is the same.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(threads)  # with workers too: closed-form scores are computed here
    try:
        with SerialExecutor() if workers == 1 else _pool(workers, threads, imports, combinations or {}) as executor:
            yield executor
    finally:
        torch.set_num_threads(before)


@contextmanager
def _pool(
    workers: int, threads: int, imports: Sequence[str], combinations: Mapping[str, CombinationConfig]
) -> Iterator[Executor]:
    # Spawned, not forked: a forked child inherits torch's threads and CUDA state in an unusable condition.
    context = multiprocessing.get_context("spawn")
    known = (threads, tuple(imports), dict(combinations))
    pool = ProcessPoolExecutor(workers, context, initializer=_start_worker, initargs=known)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start_worker(threads: int, imports: Sequence[str], combinations: Mapping[str, CombinationConfig]) -> None:
    # Ctrl-C reaches workers too: it ends them at once and silently. A training goes on from its checkpoint.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    torch.set_num_threads(threads)
    for path in imports:
        load_proxies(path)
    register(combinations)


def _end_with_parent() -> None:
    """Exit when the parent is gone: a worker whose parent was killed would wait for jobs for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

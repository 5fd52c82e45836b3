"""Executors of this machine: this process, or a pool of workers."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, Future
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import torch

from ..plugins import CombinationConfig
from .pool import WorkerPool
from .worker import WorkerSetup


class SerialExecutor(Executor):
    """Runs a job when it is submitted, in this process. A job that takes too much is not ended."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Run the call now; return its future, which is finished."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - the future hands it to whoever asks for the result
            future.set_exception(error)
        return future


def default_workers(threads: int, device: str) -> int:
    """As many workers as there are cores for `threads` each; one per GPU, since two would share its memory."""
    if device != "cpu":
        return max(1, len(cuda_devices()) if device == "cuda" else 1)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, cores // threads)


def cuda_devices() -> list[str]:
    """The CUDA devices that this process may use, each as a value for CUDA_VISIBLE_DEVICES."""
    count = torch.cuda.device_count()
    named = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    return (named or [str(index) for index in range(count)])[:count]


def open_executor(
    workers: int | None,
    threads: int,
    imports: Sequence[str | Path] = (),
    combinations: Mapping[str, CombinationConfig] | None = None,
    device: str = "cpu",
) -> AbstractContextManager[Executor]:
    """An executor of `workers` processes with `threads` threads each; `imports` are the user's proxy files,
    `combinations` the study's own proxies.

    Without `workers`, there are as many as `default_workers` says. One worker is this process where only our own code
    runs, on the CPU; a user's file, or a device that can fail, needs a process that can be ended. Either way a job runs
    with the same number of threads, so its result is the same.
    """
    return open_local(workers, WorkerSetup.of(threads, imports, combinations), device)


@contextmanager
def open_local(workers: int | None, setup: WorkerSetup, device: str) -> Iterator[Executor]:
    """An executor of `workers` processes on this machine; see `open_executor`."""
    workers = workers or default_workers(setup.threads, device)
    with main_threads(setup.threads):
        if workers == 1 and device == "cpu" and not setup.files:
            yield SerialExecutor()
            return
        pool = WorkerPool(workers, setup, cuda_devices() if device == "cuda" else ())
        try:
            yield pool
        finally:
            pool.shutdown(cancel_futures=True)


@contextmanager
def main_threads(threads: int) -> Iterator[None]:
    """Use this number of threads in this process too: it computes closed-form scores even if there are workers."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)

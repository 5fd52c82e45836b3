"""Jobs on a Ray cluster."""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any

from ..errors import UsageError, first_line
from ..messages import say
from .local import main_threads
from .pool import WorkerPool
from .watching import limited
from .worker import WorkerDiedError, WorkerSetup

RETRIES = 5  # of a job whose worker or node was lost: more than on one machine, since nodes come and go
MAX_JOBS = 256  # that the cluster has at a time; the others wait here
CONNECT_SECONDS = 5.0


class RayExecutor(Executor):
    """Runs each job as a task of `setup.threads` CPUs and `gpus` GPUs, on whatever node has them to spare.

    Each job on the cluster has a thread here that waits for it. A task whose worker or node is lost is run again; after
    `RETRIES` retries the future raises WorkerDiedError. If Ray ends a task because its node runs out of memory, Ray
    runs it again without limit, unless RAY_task_oom_retries is set where the cluster starts. This process must be
    connected to Ray.
    """

    def __init__(self, setup: WorkerSetup, gpus: int, jobs: int = MAX_JOBS):
        import ray

        self._ray, self._needs = ray, {"CPU": setup.threads, "GPU": gpus}
        self._task = ray.remote(_run).options(num_cpus=setup.threads, num_gpus=gpus, max_retries=RETRIES)
        self._setup = ray.put(setup)  # sent to each node once
        self._out: set[Any] = set()
        self._ended, self._lock = False, threading.Lock()  # so that no job starts after the others are cancelled
        self._threads = ThreadPoolExecutor(jobs)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """The future of a call; the call and its result must be picklable."""
        return self._threads.submit(self._wait, partial(fn, *args, **kwargs))

    def _wait(self, call: Callable[[], Any]) -> Any:
        errors = self._ray.exceptions
        with self._lock:
            if self._ended:
                raise CancelledError
            reference = self._task.remote(self._setup, call)
            self._out.add(reference)
        try:
            return self._ray.get(reference)
        except errors.OutOfMemoryError as error:
            raise WorkerDiedError(f"killed by Ray, because its node ran out of memory: {first_line(error)}") from None
        except (errors.WorkerCrashedError, errors.NodeDiedError) as error:
            times = f"died {RETRIES + 1} times on the Ray cluster"
            raise WorkerDiedError(f"its worker process {times}: {first_line(error)}") from None
        except errors.TaskCancelledError:
            raise CancelledError from None
        except errors.RayTaskError as error:
            raise error.cause from error  # what the job itself raised; Ray's error has the whole trace
        except errors.RayError as error:
            raise BrokenExecutor(f"Ray: {first_line(error)}") from error
        finally:
            self._out.discard(reference)

    def tell_what_lacks(self) -> None:
        """Say which resources the cluster lacks for a job: Ray itself would wait silently, perhaps for ever."""
        there = self._ray.cluster_resources()
        lacking = [f"{count} {name}" for name, count in self._needs.items() if there.get(name, 0) < count]
        if lacking:
            say(f"the Ray cluster lacks {' and '.join(lacking)} for a job: waiting for a node that has them")

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for the jobs in progress, or with `cancel_futures` end them."""
        if cancel_futures:
            self._threads.shutdown(wait=False, cancel_futures=True)
            with self._lock:
                self._ended = True
                out = list(self._out)
            for reference in out:
                self._ray.cancel(reference, force=True)
        self._threads.shutdown(wait)


def _run(setup: WorkerSetup, call: Callable[[], Any]) -> Any:
    if limited(call) is None:
        setup.apply()
        return call()
    return _own_pool(setup).submit(call.func, *call.args).result()  # type: ignore[attr-defined]


_pool: tuple[WorkerSetup, WorkerPool] | None = None  # of this Ray worker


def _own_pool(setup: WorkerSetup) -> WorkerPool:
    """A pool of one process, for jobs that are ended if they take too much: a task of Ray cannot end itself."""
    global _pool
    if _pool is None or _pool[0] != setup:
        if _pool is not None:
            _pool[1].shutdown(cancel_futures=True)
        _pool = setup, WorkerPool(1, setup)
    return _pool[1]


@contextmanager
def open_ray(setup: WorkerSetup, device: str, jobs: int | None, address: str | None) -> Iterator[Executor]:
    """An executor on the cluster at `address`, or on one that is started here and ends with the block.

    `jobs`: the most that may be in progress. If this process is connected already, its connection is used and kept.
    Raises UsageError if Ray is missing or nothing answers.
    """
    connected = _connect(address)
    import ray

    try:
        executor = RayExecutor(setup, 1 if device == "cuda" else 0, jobs or MAX_JOBS)
        try:
            executor.tell_what_lacks()
            with main_threads(setup.threads):
                yield executor
        finally:
            executor.shutdown(cancel_futures=True)
    finally:
        if connected:
            ray.shutdown()


def _connect(address: str | None) -> bool:
    """Connect to a cluster unless this process is connected; True if it connected."""
    address = address or os.environ.get("RAY_ADDRESS")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # read when Ray is imported
    try:
        import ray
    except ImportError:
        raise UsageError("the package ray is missing; install it: pip install -e '.[ray]'") from None
    if ray.is_initialized():
        return False
    if address:
        _check_answers(address)
    try:
        # Standard output belongs to results: what workers print stays in Ray's own logs.
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
        ray.init(address or "local", include_dashboard=None if address else False, **quiet)
    except (ConnectionError, ValueError, RuntimeError) as error:
        what = f"--ray-address {address}" if address else "--executor ray: Ray cannot be started on this machine"
        raise UsageError(f"{what}: {first_line(error)}") from None
    return True


def _check_answers(address: str) -> None:
    """Raise UsageError if nothing answers at HOST:PORT: Ray would try for over a minute, then end the process."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or "//" in address:
        return  # "auto" and others, which Ray checks itself
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_SECONDS).close()  # [::1] is ::1
    except OSError as error:
        raise UsageError(f"--ray-address {address}: nothing answers there ({error.strerror or error})") from None

"""Worker processes on this machine. When one dies, its job runs again in a new one."""

import multiprocessing
import multiprocessing.connection
import os
import pickle
import queue
import signal
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

from .memory import share
from .watching import LOOK_SECONDS, OverrunError, Watch, limited
from .worker import WorkerDiedError, WorkerSetup

MAX_DEATHS = 3  # of workers with the same job, which is then taken for the cause
SAVING_SECONDS = 60.0  # for a training to save itself once its study has ended
ALIVE_SECONDS = 1.0  # between two checks whether a worker is alive, since its pipe may not tell

# Spawned, not forked: a forked child inherits torch's threads and CUDA state in an unusable condition.
_CONTEXT = multiprocessing.get_context("spawn")


class WorkerPool(Executor):
    """`workers` processes; each gets one of `devices` (values for CUDA_VISIBLE_DEVICES), if there are any, in turn.

    Each worker has one job at a time, and a thread here that waits for it. So when a worker dies, it is clear which job
    it had: the thread runs the job again in a new process, and the holder of the job's future notices nothing. After
    `MAX_DEATHS` deaths the future raises WorkerDiedError. If workers die before their first job, it raises
    BrokenExecutor.

    The thread also watches the time and memory of a LimitedJob. If the job takes too much, whatever it is doing, the
    thread kills its process, and the result of the future is what the job's `overran` returns.
    """

    def __init__(self, workers: int, setup: WorkerSetup, devices: Sequence[str] = ()):
        memory = share(workers)
        self._workers = [_Worker(setup, device_of(index, devices), memory) for index in range(workers)]
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        for worker in self._workers:
            self._idle.put(worker)
        self._threads = ThreadPoolExecutor(workers)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """The future of a call; the call and its result must be picklable."""
        return self._threads.submit(self._run, partial(fn, *args, **kwargs))

    def _run(self, call: Callable[[], Any]) -> Any:
        worker = self._idle.get()
        try:
            return worker.run(call)
        finally:
            self._idle.put(worker)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes: after the jobs in progress, or at once with `cancel_futures`. Always waits."""
        if cancel_futures:
            self._threads.shutdown(wait=False, cancel_futures=True)
            self._stop()
        self._threads.shutdown()
        self._stop()

    def _stop(self) -> None:
        for worker in self._workers:
            worker.stop()


def device_of(worker: int, devices: Sequence[str]) -> str | None:
    """The device of a worker, taken in turn; None if there are no devices."""
    return devices[worker % len(devices)] if devices else None


class _Worker:
    """One process at a time, started when it is needed and replaced when it has died."""

    def __init__(self, setup: WorkerSetup, device: str | None, memory: int | None):
        self._known, self._memory = (setup, device), memory
        self._process: Any = None  # its class belongs to the context
        self._connection: Connection | None = None
        self._stopped = False
        self._lock = threading.Lock()  # between starting a process and stopping it from another thread

    def run(self, call: Callable[[], Any]) -> Any:
        """Run the call in a worker, in a new one if that dies; return or raise what the call does."""
        end, job = "", limited(call)
        for _ in range(MAX_DEATHS):
            connection = self._ready_connection()
            try:
                connection.send(call)
                message = self._receive(connection)
                if message is None and job is not None:  # it is prepared, and begins now
                    message = self._receive(connection, Watch(job.limits, self._memory, self._process.pid))
                value, error, trace = message
            except OverrunError as overrun:
                assert job is not None  # only such a job is watched
                self._discard()
                return job.overran(overrun.status, str(overrun))
            except (EOFError, OSError):
                end = self._discard()
                continue
            if error is not None:
                raise error from RuntimeError(trace)  # the trace says where in the worker it came from
            return value
        raise WorkerDiedError(f"its worker process died {MAX_DEATHS} times, the last time {end}")

    def stop(self) -> None:
        """Kill the process and start no other."""
        with self._lock:
            self._stopped = True
            if self._process is not None:
                self._process.kill()
                self._process.join()

    def _ready_connection(self) -> Connection:
        """The connection to a live worker."""
        if self._connection is not None:
            return self._connection
        end = ""
        for _ in range(MAX_DEATHS):
            connection = self._start()
            try:
                self._receive(connection)
            except (EOFError, OSError):
                end = self._discard()
            else:
                self._connection = connection
                return connection
        raise BrokenExecutor(f"a worker process cannot be started: it ended {end}")

    def _start(self) -> Connection:
        with self._lock:
            if self._stopped:
                raise CancelledError
            ours, theirs = _CONTEXT.Pipe()
            self._process = _CONTEXT.Process(target=_work, args=(theirs, *self._known))
            with _hold_back_interrupts():
                self._process.start()
            theirs.close()  # now only the worker holds this end, and its death closes it
            return ours

    def _receive(self, connection: Connection, watch: Watch | None = None) -> Any:
        """The worker's next message. Raises EOFError if the worker is dead, OverrunError if `watch` does.

        Its death closes the pipe, unless a process that it forked holds the pipe too. The sentinel of multiprocessing,
        which is also a pipe, has the same problem. So the system is asked now and then.
        """
        while not connection.poll(LOOK_SECONDS if watch else ALIVE_SECONDS):
            if watch is not None:
                watch.look()
            if not self._process.is_alive() and not connection.poll():
                raise EOFError
        return connection.recv()

    def _discard(self) -> str:
        """Drop a process that is dead or has closed its pipe; return how it ended."""
        self._connection = None
        with self._lock:
            self._process.kill()
            self._process.join()
            code = self._process.exitcode
        return f"by signal {-code} ({signal.strsignal(-code)})" if code and code < 0 else f"with exit code {code}"


@contextmanager
def _hold_back_interrupts() -> Iterator[None]:
    """Block Ctrl-C in processes started in the block, until they unblock it once their imports are done."""
    resource_tracker.ensure_running()  # if it started with the first of them, it would unblock the signal
    _mask(signal.SIG_BLOCK)
    try:
        yield
    finally:
        _mask(signal.SIG_UNBLOCK)


def _mask(how: int) -> None:
    if hasattr(signal, "pthread_sigmask"):  # not on Windows
        signal.pthread_sigmask(how, {signal.SIGINT})


def _work(connection: Connection, setup: WorkerSetup, device: str | None) -> None:
    # Ctrl-C reaches workers too and ends them at once, silently. A training continues from its checkpoint later.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _mask(signal.SIG_UNBLOCK)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if device is not None:  # before PyTorch looks for devices, so that the worker's own is its first one
        os.environ["CUDA_VISIBLE_DEVICES"] = device
    setup.apply()
    connection.send(None)
    while True:
        try:
            call = connection.recv()
        except EOFError:
            return
        try:
            job = limited(call)
            if job is not None:
                job.prepare()
                connection.send(None)  # from here on it is watched
            connection.send((call(), None, ""))
        except Exception as error:  # noqa: BLE001 - the future hands it to whoever asks for the result
            connection.send((None, _make_sendable(error), traceback.format_exc()))


def _make_sendable(error: Exception) -> Exception:
    """The error or, if it cannot be pickled, its message: otherwise the worker would die as if killed by the job."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - pickling calls code of the error's class
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


def _end_with_parent() -> None:
    """Exit when the parent is gone: a worker in a long job would not notice, and an idle one would wait for ever.

    It exits by SIGTERM, so that a training can save itself.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        multiprocessing.connection.wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(SAVING_SECONDS)
        os._exit(1)

"""Jobs as SLURM jobs, submitted with submitit."""

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from bench.errors import UsageError
from bench.executors import main_threads
from bench.workers import JobFailedError, WorkerSetup

POLL_SECONDS = 0.5  # between two looks at the jobs; submitit asks SLURM itself less often
MINUTES = 240  # of a job, unless told otherwise; then it is queued again and goes on where it was
MOST_TIMEOUTS = 20  # of one job
SHORT = {"cpus": "cpus_per_task", "gpus": "gpus_per_node", "time": "timeout_min"}  # names of ours: submitit's
SHARED = ("cpus_per_task", "gpus_per_node", "timeout_min", "mem_gb", "name")  # that submitit knows on every cluster

RULER = "\n----------------------\n"  # of submitit, around a trace


class SlurmExecutor(Executor):
    """Runs each job as a job of SLURM, at most `jobs` at a time; `workers` is how many processes fit into one.

    One thread submits and looks after all of them. JobFailedError, with the path of the log, is what the future of a
    job raises that failed or was ended by SLURM.
    """

    def __init__(self, submitter: Any, setup: WorkerSetup, workers: int, jobs: int | None = None):
        self.setup, self.workers = setup, workers
        self._submitter, self._most = submitter, jobs
        self._waiting: queue.SimpleQueue[tuple[Future[Any], _Task]] = queue.SimpleQueue()
        self._out: dict[Future[Any], Any] = {}  # submitit's job of each future
        self._closing, self._cancelling = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._look_after)
        self._thread.start()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """The future of a call, which has to be picklable, as must be its result."""
        future: Future[Any] = Future()
        self._waiting.put((future, _Task(self.setup, partial(fn, *args, **kwargs))))
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Wait for all jobs, or with `cancel_futures` cancel them."""
        if cancel_futures:
            self._cancelling.set()
        self._closing.set()
        if wait:
            self._thread.join()

    def _look_after(self) -> None:
        while not self._cancelling.is_set():
            while not self._waiting.empty() and (self._most is None or len(self._out) < self._most):
                self._start(*self._waiting.get())
            for future, job in list(self._out.items()):
                if job.done():
                    del self._out[future]
                    _settle(future, job)
            if self._closing.wait(POLL_SECONDS):
                if not self._out and self._waiting.empty():
                    return
                self._cancelling.wait(POLL_SECONDS)
        for future, job in self._out.items():
            job.cancel(check=False)
            future.set_exception(JobFailedError(f"SLURM job {job.job_id} was cancelled"))
        while not self._waiting.empty():
            self._waiting.get()[0].cancel()

    def _start(self, future: "Future[Any]", task: "_Task") -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            self._out[future] = self._submitter.submit(task)
        except (OSError, RuntimeError) as error:  # SLURM refuses it, or does not answer
            future.set_exception(JobFailedError(f"SLURM took no job: {_last_line(str(error))}"))


class _Task:
    """What submitit runs: a call in a process that knows what a worker has to. Every job goes on where it was."""

    def __init__(self, setup: WorkerSetup, call: Callable[[], Any]):
        self._setup, self._call = setup, call

    def __call__(self) -> Any:
        self._setup.apply()
        return self._call()

    def checkpoint(self) -> Any:
        """What submitit queues again when SLURM is about to end the job, for its time is up or it is preempted."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


def _settle(future: "Future[Any]", job: Any) -> None:
    error = job.exception()
    if error is None:
        future.set_result(job.result())
        return
    from submitit.core.utils import FailedJobError

    # What the job itself raised comes as its trace between two rulers.
    failed = isinstance(error, FailedJobError)
    reason = _last_line(str(error).split(RULER)[1]) if failed else f"no result, state {job.state}"
    future.set_exception(JobFailedError(f"SLURM job {job.job_id}: {reason}; its log is {job.paths.stderr}"))


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


@contextmanager
def open_slurm(
    setup: WorkerSetup, device: str, jobs: int | None, settings: Sequence[str], logs: Path
) -> Iterator[SlurmExecutor]:
    """An executor whose jobs leave their logs in `logs`; `settings` are `key=value` texts for submitit.

    Raises UsageError where submitit or SLURM are missing, or a setting is none.
    """
    try:
        import submitit
    except ImportError:
        raise UsageError("the package submitit is missing: pip install 'zsbench[slurm]'") from None
    given = dict(map(_setting, settings))
    cluster = str(given.pop("cluster", "slurm"))
    wanted = {"name": "zsbench", "timeout_min": MINUTES, "cpus_per_task": setup.threads, **given}
    if device == "cuda":
        wanted.setdefault("gpus_per_node", 1)
    try:
        submitter = submitit.AutoExecutor(logs.absolute(), cluster, slurm_max_num_timeout=MOST_TIMEOUTS)
        submitter.update_parameters(**{name if name in SHARED else f"slurm_{name}": wanted[name] for name in wanted})
    except (NameError, AssertionError, ValueError, RuntimeError) as error:
        raise UsageError(f"--slurm: {str(error).splitlines()[0]}") from None
    workers = wanted["gpus_per_node"] if device == "cuda" else wanted["cpus_per_task"] // setup.threads
    executor = SlurmExecutor(submitter, setup, max(1, workers), jobs)
    try:
        with main_threads(setup.threads):
            yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def _setting(text: str) -> tuple[str, Any]:
    key, separator, value = text.partition("=")
    if not separator or not key or not value:
        raise UsageError(f"--slurm {text}: expected key=value, e.g. partition=gpu")
    return SHORT.get(key, key), int(value) if value.isdigit() else value

"""Jobs as SLURM jobs, submitted with submitit."""

import queue
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

from ..errors import UsageError, first_line
from .local import main_threads
from .worker import JobFailedError, WorkerSetup

POLL_SECONDS = 0.5  # between two looks at the jobs; submitit asks SLURM itself less often
JOB_MINUTES = 240  # unless the user says otherwise; after that, a job is queued again and continues where it was
MAX_TIMEOUTS = 20  # times that one job is queued again
SUBMITIT_NAMES = {"cpus": "cpus_per_task", "gpus": "gpus_per_node", "time": "timeout_min"}  # for our short names
ANY_CLUSTER = ("cpus_per_task", "gpus_per_node", "timeout_min", "mem_gb", "name")  # submitit knows these everywhere
# Settings that submitit takes as numbers. The others are text for SLURM: an account may be called 007.
NUMERIC = (
    *("cpus_per_task", "gpus_per_node", "timeout_min", "mem_gb", "nodes", "ntasks_per_node"),
    *("cpus_per_gpu", "gpus_per_task", "signal_delay_s", "array_parallelism"),
)

RULER = "\n----------------------\n"  # of submitit, around a trace


class SlurmExecutor(Executor):
    """Runs each job as a job of SLURM, at most `jobs` at a time; `workers` is how many processes fit into one.

    One thread submits and watches all of them. The future of a job that failed or that SLURM ended raises
    JobFailedError with the path of the log.
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
        """The future of a call; the call and its result must be picklable."""
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
                if _finished(future, job):
                    del self._out[future]
            if self._closing.wait(POLL_SECONDS):
                if not self._out and self._waiting.empty():
                    return
                self._cancelling.wait(POLL_SECONDS)
        for future, job in self._out.items():
            future.set_exception(JobFailedError(f"SLURM job {job.job_id} {_cancel(job)}"))
        while not self._waiting.empty():
            self._waiting.get()[0].cancel()

    def _start(self, future: "Future[Any]", task: "_Task") -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            self._out[future] = self._submitter.submit(task)
        except Exception as error:  # noqa: BLE001 - SLURM refuses it or does not answer; the other jobs must go on
            reason = _last_line(str(error)) or type(error).__name__
            future.set_exception(JobFailedError(f"SLURM rejected the job: {reason}"))


class _Task:
    """What submitit runs: a call in a process that is set up as a worker. Run again, it continues where it stopped."""

    def __init__(self, setup: WorkerSetup, call: Callable[[], Any]):
        self._setup, self._call = setup, call

    def __call__(self) -> Any:
        _wrap_handler()
        try:
            self._setup.apply()
            return self._call()
        except _EndedError as ended:
            raise ended.raised from None

    def checkpoint(self) -> Any:
        """What submitit queues again before SLURM ends the job because its time is up or it is preempted."""
        from submitit.helpers import DelayedSubmission

        return DelayedSubmission(self)


class _EndedError(BaseException):
    """SLURM ends the job; `raised` is what submitit's handler raised. Not an `Exception`: the job must not catch it."""

    def __init__(self, raised: BaseException):
        super().__init__(raised)
        self.raised = raised


def _wrap_handler() -> None:
    """Make sure that what submitit raises on SLURM's signal reaches submitit.

    Its handler raises SystemExit or an Exception wherever the job is. In the middle of a score, either would be taken
    for a failure of the proxy and stored as a result, and the job would run on.
    """
    from submitit import JobEnvironment

    number = JobEnvironment._usr_sig()
    handler = signal.getsignal(number)
    assert callable(handler), "submitit sets it before it runs a job"

    def handle(received: int, frame: FrameType | None) -> None:
        try:
            handler(received, frame)
        except (Exception, SystemExit) as error:
            raise _EndedError(error) from error

    signal.signal(number, handle)


def _finished(future: "Future[Any]", job: Any) -> bool:
    """Whether the job is finished; the future then has its outcome."""
    try:
        if not job.done():
            return False
        _settle(future, job)
    except Exception as error:  # noqa: BLE001 - from any library: the file system fails, the result is not a pickle
        reason = f"{first_line(error)}; the job {_cancel(job)}"  # nobody waits for its result any more
        future.set_exception(JobFailedError(f"lost contact with SLURM job {job.job_id}: {reason}"))
    return True


def _cancel(job: Any) -> str:
    """Cancel a job; return how that went."""
    try:
        job.cancel(check=False)
    except Exception as error:  # noqa: BLE001 - the others have to be cancelled too
        return f"could not be cancelled ({first_line(error)})"
    return "was cancelled"


def _settle(future: "Future[Any]", job: Any) -> None:
    error = job.exception()
    if error is None:
        future.set_result(job.result())
        return
    from submitit.core.utils import FailedJobError

    # What the job itself raised is a trace between two rulers.
    failed = isinstance(error, FailedJobError)
    trace = str(error).partition(RULER)[2].partition(RULER)[0] or str(error)
    reason = _last_line(trace) if failed else f"no result, state {job.state}"
    future.set_exception(JobFailedError(f"SLURM job {job.job_id}: {reason}; its log is {job.paths.stderr}"))


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


@contextmanager
def open_slurm(
    setup: WorkerSetup, device: str, jobs: int | None, settings: Sequence[str], logs: Path
) -> Iterator[SlurmExecutor]:
    """An executor whose jobs leave their logs in `logs`; `settings` are `key=value` texts for submitit.

    Raises UsageError if submitit or SLURM are missing, or if a setting is not one.
    """
    try:
        import submitit
    except ImportError:
        raise UsageError("the package submitit is missing; install it: pip install -e '.[slurm]'") from None
    given = dict(map(_parse_setting, settings))
    cluster = str(given.pop("cluster", "slurm"))
    wanted = {"name": "zsbench", "timeout_min": JOB_MINUTES, "cpus_per_task": setup.threads, **given}
    if device == "cuda":
        wanted.setdefault("gpus_per_node", 1)
    try:
        submitter = submitit.AutoExecutor(logs.absolute(), cluster, slurm_max_num_timeout=MAX_TIMEOUTS)
        named = {name if name in ANY_CLUSTER else f"slurm_{name}": value for name, value in wanted.items()}
        submitter.update_parameters(**named)
    except (NameError, AssertionError, ValueError, RuntimeError) as error:
        raise UsageError(f"--slurm: {first_line(error)}") from None
    workers = wanted["gpus_per_node"] if device == "cuda" else wanted["cpus_per_task"] // setup.threads
    executor = SlurmExecutor(submitter, setup, max(1, workers), jobs)
    try:
        with main_threads(setup.threads):
            yield executor
    finally:
        executor.shutdown(cancel_futures=True)


def _parse_setting(text: str) -> tuple[str, Any]:
    key, separator, value = text.partition("=")
    if not separator or not key or not value:
        raise UsageError(f"--slurm {text}: expected key=value, e.g. partition=gpu")
    name = SUBMITIT_NAMES.get(key, key)
    return name, int(value) if name in NUMERIC and value.isdecimal() else value

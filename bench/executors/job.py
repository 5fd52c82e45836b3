"""The interface of jobs, and the function that runs one."""

from typing import Any, NamedTuple, Protocol, runtime_checkable


class Limits(NamedTuple):
    """What a job may take before its process is ended.

    `seconds`: wall time from its begin (None: no limit). `memory`: bytes of its process (None: the share of one worker
    in the machine's memory, see `memory.share`).
    """

    seconds: float | None = None
    memory: int | None = None


ANY_MEMORY = 1 << 62  # bytes: no limit


class Job(Protocol):
    """A piece of work that any process can do. It can be pickled."""

    def run(self) -> Any:
        """Do the work and return its result."""

    def failed(self, reason: str) -> Any:
        """The result of a job that killed every process that ran it."""


@runtime_checkable
class LimitedJob(Job, Protocol):
    """A job whose process is ended when it takes too much time or memory."""

    @property
    def limits(self) -> Limits:
        """What the job may take."""

    def prepare(self) -> None:
        """Do what does not count as time of the job: load data, compile kernels."""

    def overran(self, status: str, reason: str) -> Any:
        """The result of a job that was ended; `status` is "timeout" or "memory"."""


def run_job(job: Job) -> Any:
    """Run a job. Executors are given this function, because workers can import it by name."""
    return job.run()

"""The interface of jobs, and the function that runs one."""

from typing import Any, Protocol


class Job(Protocol):
    """A piece of work that any process can do. It can be pickled."""

    def run(self) -> Any:
        """Do the work and return its result."""

    def failed(self, reason: str) -> Any:
        """The result of a job that killed every process that ran it."""


def run_job(job: Job) -> Any:
    """Run a job. Executors are given this function, because workers can import it by name."""
    return job.run()

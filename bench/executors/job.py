"""What an executor is handed."""

from typing import Any, Protocol


class Job(Protocol):
    """What `run_job` runs; picklable."""

    def run(self) -> Any:
        """What comes of it."""

    def failed(self, reason: str) -> Any:
        """What comes of it where it ends every process that runs it."""


def run_job(job: Job) -> Any:
    """Run a job: the function that executors are given, since workers can import it by name."""
    return job.run()

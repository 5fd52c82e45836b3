"""Running many jobs."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, as_completed
from typing import Any

from bench.executors import SerialExecutor
from bench.jobs import Job, run_job
from bench.progress import stage


def run_jobs(executor: Executor, jobs: Sequence[Job], title: str) -> Iterator[tuple[Job, Any]]:
    """Jobs and their results, in the order in which they end."""
    if not jobs:
        return
    with stage(title, len(jobs)) as advance:
        # One worker runs a job when it is submitted: then each result is handed on before the next job starts.
        if isinstance(executor, SerialExecutor):
            pairs: Iterator[tuple[Job, Any]] = ((job, run_job(job)) for job in jobs)
        else:
            futures = {executor.submit(run_job, job): job for job in jobs}
            pairs = ((futures[future], future.result()) for future in as_completed(futures))
        for pair in pairs:
            yield pair
            advance("")

"""Running many jobs."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, Future, as_completed
from typing import Any, TypeVar

from ..messages import say
from ..progress import stage
from .job import Job, run_job
from .local import SerialExecutor
from .worker import JobFailedError, WorkerDiedError

AnyJob = TypeVar("AnyJob", bound=Job)


def run_jobs(executor: Executor, jobs: Sequence[AnyJob], title: str) -> Iterator[tuple[AnyJob, Any]]:
    """Run jobs; yield each with its result, in the order in which they end.

    Raises JobFailedError at the end if some jobs had no result; the others are not affected.
    """
    if not jobs:
        return
    failures: list[JobFailedError] = []
    with stage(title, len(jobs)) as advance:
        for job, future in _futures(executor, jobs):
            try:
                result = result_of(job, future)
            except JobFailedError as error:
                say(f"{title}: {error}")
                failures.append(error)
            else:
                yield job, result
            advance("")
    if failures:
        raise JobFailedError(f"{title}: {len(failures)} of {len(jobs)} jobs failed; the last failure: {failures[-1]}")


def result_of(job: Job, future: "Future[Any]") -> Any:
    """Wait for a job's result; if the job killed every worker, it is what `failed` of the job gives."""
    try:
        return future.result()
    except WorkerDiedError as error:
        return job.failed(str(error))


def _futures(executor: Executor, jobs: Sequence[AnyJob]) -> Iterator[tuple[AnyJob, "Future[Any]"]]:
    # A serial executor runs a job when it is submitted, so each result is yielded before the next job starts.
    if isinstance(executor, SerialExecutor):
        for job in jobs:
            yield job, executor.submit(run_job, job)
        return
    futures = {executor.submit(run_job, job): job for job in jobs}
    for future in as_completed(futures):
        yield futures[future], future

"""Score the networks of a table one after another, in this process or by several workers."""

import time
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

from ..executors.job import run_job
from ..executors.local import SerialExecutor, default_workers, main_threads, open_executor
from ..executors.running import result_of
from ..jobs import ScoreJob, Setting
from ..rows import Row

TRIED = 4  # networks scored in this process before it is decided whether workers are worth their start
WORTH = 20.0  # seconds of scoring that are left, from which on they are


def score_networks(
    name: str,
    settings: Sequence[Setting],
    texts: Sequence[str],
    imports: Sequence[Path] = (),
    workers: int | None = None,
    alone: bool = False,
) -> Generator[list[Row], None, None]:
    """Yield the score rows of each network, one row for each setting, in the order of `texts`.

    A proxy of a user's file, `imports`, is scored by workers, whose process is ended where a score does not end. One of
    ours begins in this process, and if much is left, the rest is scored by one worker for each core. With `alone` (a
    proxy that no file registers, so that no worker could know it) all are scored in this process.
    """
    jobs = [[ScoreJob(name, text, setting) for setting in settings] for text in texts]
    first = len(jobs) if alone else 0 if workers or imports else TRIED
    start = time.perf_counter()
    with main_threads(1):
        for mine in jobs[:first]:
            yield _results(mine, _submit(SerialExecutor(), mine))
        jobs = jobs[first:]
        if workers is None and not imports and (time.perf_counter() - start) / TRIED * len(jobs) < WORTH:
            for mine in jobs:
                yield _results(mine, _submit(SerialExecutor(), mine))
            return
    if not jobs:
        return
    count = workers or default_workers(1, settings[0].device)
    with open_executor(count, 1, imports, device=settings[0].device) as crew:
        out: deque[tuple[list[ScoreJob], list[Future[Row]]]] = deque()
        for mine in jobs:
            out.append((mine, _submit(crew, mine)))
            if len(out) > count:
                yield _results(*out.popleft())
        while out:
            yield _results(*out.popleft())


def _submit(crew: Executor, jobs: Sequence[ScoreJob]) -> "list[Future[Row]]":
    return [crew.submit(run_job, job) for job in jobs]


def _results(jobs: Sequence[ScoreJob], futures: "Sequence[Future[Row]]") -> list[Row]:
    return [result_of(job, future) for job, future in zip(jobs, futures, strict=True)]

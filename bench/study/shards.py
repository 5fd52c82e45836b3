"""A study whose searches and samples are jobs of their own, for executors that take long to start a job."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby, islice
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from ...results import Store, StoreError, study_lock
from ..executors.local import open_local
from ..executors.running import run_jobs
from ..executors.slurm import SlurmExecutor
from ..executors.worker import JobFailedError, WorkerSetup
from ..jobs import ScoreJob, Setting
from ..progress import watch
from .searching import SearchPlan, run_search
from .study import Study

ROWS_AT_A_TIME = 4000  # copied at a time, since a search may have half a million


@dataclass(frozen=True)
class Shard:
    """A part of a study with a folder and a store of its own. If it is stopped and run again, it continues."""

    folder: Path
    setup: WorkerSetup
    workers: int

    @property
    def store(self) -> Path:
        """The path of the store of this part."""
        return self.folder / "results.sqlite"

    @contextmanager
    def open_store(self, device: str) -> Iterator[tuple[Store, Executor]]:
        """Open its store and workers for this process alone. Raises JobFailedError if an earlier job uses them."""
        with ExitStack() as stack:
            try:
                stack.enter_context(study_lock(self.folder))
            except StoreError as error:
                raise JobFailedError(
                    f"an earlier job still works on this part of the study; end it with scancel ({error})"
                ) from None
            store = stack.enter_context(Store(self.store))
            yield store, stack.enter_context(open_local(self.workers, self.setup, device))

    def failed(self, reason: str) -> NoReturn:
        """Raise JobFailedError, since any of its many scores may have killed the job."""
        raise JobFailedError(reason)


@dataclass(frozen=True)
class SearchJob(Shard):
    """One search."""

    cell: SearchPlan

    def run(self) -> None:
        """Run the search, or the rest of it."""
        cell = self.cell
        with self.open_store(cell.setting.device) as (store, executor):
            if store.searches(**cell.key).empty:
                with watch(f"search {', '.join(map(str, cell.key.values()))}", cell.evaluations) as watched:
                    run_search(cell, store, executor, watched)


@dataclass(frozen=True)
class ScoresJob(Shard):
    """The scores of many architectures by one proxy."""

    proxy: str
    setting: Setting
    architectures: tuple[str, ...]

    def run(self) -> None:
        """Compute the scores that its store lacks."""
        with self.open_store(self.setting.device) as (store, executor):
            known = store.scored(**self.setting.key(self.proxy))
            jobs = [ScoreJob(self.proxy, text, self.setting) for text in self.architectures if text not in known]
            for _, row in run_jobs(executor, jobs, f"score by {self.proxy}"):
                store.add_score(row)


class ShardedStudy(Study):
    """A study that gives whole searches, and all scores of the sample by one proxy, to an executor for large jobs.

    These parts keep their rows in `DIR/cells`, since only this process may write to the store of the study. Rows of
    finished parts are copied from there.
    """

    executor: SlurmExecutor

    def _run_searches(self, cells: list[SearchPlan]) -> None:
        self._run([SearchJob(*self._locate("search", cell.key), cell) for cell in cells], "search")

    def _run_scores(self, jobs: list[ScoreJob]) -> None:
        parts = []
        for (proxy, setting), part in groupby(jobs, lambda job: (job.proxy, job.setting)):
            texts = tuple(job.architecture for job in part)
            parts.append(ScoresJob(*self._locate("sample", setting.key(proxy)), proxy, setting, texts))
        self._run(parts, "score the sample")

    def _run(self, cells: Sequence[SearchJob | ScoresJob], title: str) -> None:
        for cell, _ in run_jobs(self.executor, cells, title):
            take_rows(self.store, cell.store)

    def _locate(self, kind: str, key: dict[str, Any]) -> tuple[Path, WorkerSetup, int]:
        # The name of a user's proxy need not be a file name, so the digest makes folders distinct.
        digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:8]
        readable = "".join(c if c.isalnum() or c in "_-" else "_" for c in f"{kind}-{key['proxy']}-{key['seed']}")
        folder = self.folder.path.absolute() / "cells" / f"{readable}-{digest}"
        return folder, self.executor.setup, self.executor.workers


def take_rows(store: Store, path: Path) -> None:
    """Copy the rows of a part's store to the store of the study; rows that it has already are ignored."""
    with Store(path, read_only=True) as cell:
        scores = cell.each_score()
        while part := list(islice(scores, ROWS_AT_A_TIME)):
            store.add_scores(part)
        for row in _rows(cell.measurements()):
            store.add_measurement(row)
        for row in _rows(cell.searches()):  # at most one, so all curves and members belong to it
            store.add_search(row, _rows(cell.curves()), _rows(cell.members()))


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return frame.astype(object).where(frame.notna(), None).to_dict("records")

"""Scores of a search: read from the store, computed in this process if that is cheap, or else by a job."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from types import TracebackType

from ...results import Store
from ...space import Architecture
from ..executors.job import run_job
from ..executors.running import result_of
from ..jobs import ScoreJob, Setting
from ..rows import Row

# Rows are buffered, and written in one transaction once computing them again would cost WAITING_SECONDS, or
# there are WAITING_ROWS of them.
WAITING_SECONDS, WAITING_ROWS = 0.2, 32_000
# Closed-form scores are computed in this process unless the first FIRST of them average more than LONG_SECONDS.
TRIAL_SCORES, LONG_SECONDS = 32, 0.005


class Scores:
    """The scores of the candidates of a search, each asked for once. A context manager: at its end all are written.

    With `inline`, scores are computed in this process when they are asked for: a closed-form score takes less time than
    sending it to a worker and back. This is for built-in proxies only, since nothing ends a function that never returns
    here. Rows are written in the order in which candidates were asked for. If a search is interrupted, scores that were
    finished early are written too.
    """

    def __init__(self, proxy: str, setting: Setting, store: Store, executor: Executor, inline: bool):
        self._proxy, self._setting, self._store, self._executor = proxy, setting, store, executor
        self._key = setting.key(proxy)
        self._score: Callable[[Architecture], Row] | None = setting.scorer(proxy) if inline else None
        # Rows are read one by one, as half a million would not fit in memory, and only while the store has some left.
        self._left = store.count_scores(**self._key)
        self._from_store: set[str] = set()
        self._out: dict[str, Future[Row]] = {}
        self._inline, self._inline_seconds = 0, 0.0
        self._waiting: list[Row] = []
        self._waiting_seconds = 0.0
        self.stored = 0  # number of rows given to `keep` that came from the store

    def submit(self, architecture: Architecture) -> "Row | Future[Row]":
        """Ask for a score; return its row, or the future of its row."""
        if self._left:
            row = self._store.known_score(str(architecture), **self._key)
            if row is not None:
                self._left -= 1
                self._from_store.add(row["architecture"])
                return row
        if self._score is not None:
            row = self._score(architecture)
            self._inline += 1
            self._inline_seconds += row["seconds"]
            if self._inline == TRIAL_SCORES and self._inline_seconds > TRIAL_SCORES * LONG_SECONDS:
                self._score = None  # these go to the workers
            return row
        text = str(architecture)
        future = self._executor.submit(run_job, ScoreJob(self._proxy, text, self._setting))
        self._out[text] = future
        return future

    def _job(self, architecture: Architecture) -> ScoreJob:
        return ScoreJob(self._proxy, str(architecture), self._setting)

    def keep(self, architecture: Architecture, scored: "Row | Future[Row]") -> Row:
        """Wait for what `submit` returned; write its row to the store, now or soon, unless it came from there."""
        row = result_of(self._job(architecture), scored) if isinstance(scored, Future) else scored
        self._out.pop(row["architecture"], None)
        if row["architecture"] in self._from_store:
            self._from_store.remove(row["architecture"])
            self.stored += 1
            return row
        self._waiting.append(row)
        self._waiting_seconds += row["seconds"]
        if self._waiting_seconds > WAITING_SECONDS or len(self._waiting) >= WAITING_ROWS:
            self._write()
        return row

    def _write(self) -> None:
        self._store.add_scores(self._waiting)
        self._waiting, self._waiting_seconds = [], 0.0

    def __enter__(self) -> "Scores":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        done = (future for future in self._out.values() if future.done() and not future.cancelled())
        self._waiting += [future.result() for future in done if future.exception() is None]
        self._write()

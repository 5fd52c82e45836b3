"""Add a proxy to a table that ships with zsbench: score all networks of the table and rewrite its rows."""

from collections.abc import Sequence
from pathlib import Path

from ...results import Store, write_rows
from ..executors.local import open_executor
from ..executors.running import run_jobs
from ..jobs import ScoreJob
from ..tabular import trained
from .table import about, load

LARGE = 100_000  # bytes; see `bench.commands.make_table`


def add_proxy(
    table: trained.TrainedTable,
    name: str,
    device: str,
    data_root: str | None,
    imports: Sequence[Path] = (),
    workers: int | None = None,
) -> int:
    """Score the networks of a table, of every stratum, that have no score yet; return the number of new scores."""
    settings = load(table.name).settings(name, device, data_root)
    with table.open() as store:
        jobs = [ScoreJob(name, text, setting) for setting in settings for text in _missing(store, setting.key(name))]
        if jobs:
            with open_executor(workers, 1, imports, device=device) as crew:
                rows = [row for _, row in run_jobs(crew, jobs, f"{table.name}: score by {name}")]
            store.add_proxies([about(name)])
            store.add_scores(rows)
            write_rows(store, table.folder, LARGE)
    return len(jobs)


def _missing(store: Store, key: dict[str, object]) -> list[str]:
    known = store.scored(**key)
    return [text for text in dict.fromkeys(store.samples()["architecture"]) if text not in known]

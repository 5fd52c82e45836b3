"""A study must not mix the scores of two versions of a proxy's code."""

from collections.abc import Mapping
from concurrent.futures import Executor

import numpy as np

from ... import proxies
from ...results import Store
from ..errors import UsageError
from ..executors.running import run_jobs
from ..jobs import ScoreJob, Setting
from ..rows import Row

CHECKED = 3  # stored scores of each proxy that are computed again if its code has changed
ROUNDING = 1e-5  # relative; another machine or number of threads may change a score by so much


def check_versions(store: Store, executor: Executor, settings: Mapping[str, Setting]) -> None:
    """Compute a few stored scores again if they come from another version of a proxy's code.

    If the values are equal, the change (of a name, for example) does not matter, and the study continues.

    Raises:
        UsageError: a value differs, so that the scores of two versions would be mixed.
    """
    stored: dict[tuple[str, str], Row] = {}
    for name, setting in settings.items():
        rows = store.scores_of_other_versions(proxies.version(name), CHECKED, **setting.key(name))
        stored |= {(name, row["architecture"]): row for row in rows}
    jobs = [ScoreJob(name, architecture, settings[name]) for name, architecture in stored]
    for job, row in run_jobs(executor, jobs, "compare with the proxies that this study began with"):
        was, now = _values(stored[job.proxy, job.architecture]), _values(row)
        if was.shape != now.shape or not np.allclose(now, was, rtol=ROUNDING, atol=0):
            raise UsageError(
                f"proxy {job.proxy!r} does not give the score that this study has: {_told(now)} in place of "
                f"{_told(was)} for {job.architecture}. Its code has changed, or this machine computes otherwise: "
                "continue with the code and the machine that the study began with, or choose another --out"
            )


def _values(row: Row) -> np.ndarray:
    """The result of a score: one value, or the components of a relative proxy; empty if the score failed."""
    found = row["components"] if row["value"] is None else row["value"]
    return np.atleast_1d(np.asarray([] if found is None else found, dtype=np.float64))


def _told(values: np.ndarray) -> str:
    return ", ".join(f"{value:.8g}" for value in values) or "no score"

import os
import random
import signal
import time
from pathlib import Path

import pytest
from helpers import count, rows, settings, start, table, zsbench_apart

KILLS = 20
# Of its searches, one has scores in closed form, whose rows are written together.
LONGER = settings(
    "proxies=['zen','flops','te_nas_zen','random']",
    "search.evaluations=150",
    "search.population=24",
    "train.epochs=3",
    "train.train_limit=512",
    "correlation.samples=12",
)


def written(folder: Path) -> int:
    """How many rows a study has written."""
    return sum(count(folder, name) for name in ("scores", "searches", "trainings", "epochs"))


@pytest.mark.slow
def test_a_study_killed_at_twenty_random_moments_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    calm, hunted = tmp_path / "calm", tmp_path / "hunted"
    done = zsbench_apart("run", "quick", "--out", str(calm), "--workers", "2", *LONGER)
    assert done.returncode == 0, done.stderr
    arguments = ("run", "quick", "--out", str(hunted), "--workers", "2", *LONGER)
    moments = random.Random(0)
    share = (written(calm) - 100) // KILLS
    for kill in range(KILLS):
        # Anywhere in the next twentieth of the rows, and any time after one was written.
        goal = kill * share + moments.randrange(share)
        process = start(*arguments)
        while process.poll() is None and written(hunted) <= goal:
            time.sleep(0.02)
        time.sleep(moments.uniform(0, 0.3))
        assert process.poll() is None, f"the study ended after {kill} kills"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    done = zsbench_apart(*arguments)
    assert done.returncode == 0, done.stderr
    assert rows(hunted) == rows(calm)
    assert table(hunted) == table(calm)

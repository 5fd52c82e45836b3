import os
import random
import signal
import time
from pathlib import Path

import pytest
from helpers import rows, settings, start, table, zsbench

KILLS = 20
# Long enough to be killed so often: a minute and a half of searches, of which one is in closed form, and trainings.
LONGER = settings(
    "proxies=['zen','flops','te_nas_zen','random']",
    "search.evaluations=250",
    "search.population=24",
    "train.epochs=3",
    "train.train_limit=1024",
    "correlation.samples=12",
)


def size(folder: Path) -> int:
    """Bytes of everything that a study has written; they grow with every row and every checkpoint."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and path.suffix != ".partial")


@pytest.mark.slow
def test_a_study_killed_at_twenty_random_moments_ends_as_an_undisturbed_one(tmp_path: Path) -> None:
    calm, hunted = tmp_path / "calm", tmp_path / "hunted"
    done = zsbench("run", "quick", "--out", str(calm), "--workers", "2", *LONGER)
    assert done.returncode == 0, done.stderr
    arguments = ("run", "quick", "--out", str(hunted), "--workers", "2", *LONGER)
    moments = random.Random(0)
    for kill in range(KILLS):
        before = size(hunted) if hunted.exists() else 0
        process = start(*arguments)
        while process.poll() is None and (not hunted.exists() or size(hunted) == before):
            time.sleep(0.02)
        # Any moment from the first byte written on, but not so late that the study ends before it is killed so often.
        time.sleep(moments.uniform(0, 3))
        assert process.poll() is None, f"the study ended after {kill} kills"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    done = zsbench(*arguments)
    assert done.returncode == 0, done.stderr
    assert rows(hunted) == rows(calm)
    assert table(hunted) == table(calm)

"""A study of seconds, and what two studies are compared by."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from zsbench import results
from zsbench.reports import csv, wide
from zsbench.results import Store

SMALL = [
    "proxies=['zen','entropy','grad_norm_zen','random']",
    "search.evaluations=16",
    "search.population=8",
    "train.epochs=2",
    "train.train_limit=128",
    "train.seeds=[0]",
    "correlation.samples=5",
]
TWO = [
    "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,1,8,1)SuperConvK1BNRELU(16,32,1,1)",
    "SuperConvK3BNRELU(3,8,1,1)SuperResK1K3K1(8,16,2,8,1)SuperConvK1BNRELU(16,32,1,1)",
]
# A search of seconds, and an architecture whose score takes a millisecond.
SEARCH = ("--space", "resnet", "--resolution", "8", "--batch-size", "4", "--population", "12", "--params", "200000")
ARCHITECTURE = "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,1,8,1)SuperConvK1BNRELU(16,32,1,1)"
MEASURED = ("seconds", "images_per_second")  # differ between two runs of the same study


# Seconds for what another process does: one that has to compile first, on a machine that does much else.
PATIENCE = 600.0


def settings(*more: str) -> list[str]:
    return [part for setting in (*SMALL, *more) for part in ("--set", setting)]


def zsbench_apart(*arguments: str, **more: Any) -> "subprocess.CompletedProcess[str]":
    """Run the command line in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "zsbench", *arguments], capture_output=True, text=True, check=False, **more
    )


def start(*arguments: str) -> "subprocess.Popen[str]":
    """Start the command line, in a process group of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "zsbench", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env={**os.environ},
    )


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait for another process or thread; an AssertionError if the condition does not hold in time."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"waited {seconds} s in vain"
        time.sleep(0.01)


def count(folder: Path, name: str) -> int:
    """How many rows of a table, such as "scores", a running study has written; 0 while it has no database."""
    try:
        with closing(sqlite3.connect(f"file:{folder / 'results.sqlite'}?mode=ro", uri=True)) as connection:
            return connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0]
    except sqlite3.Error:  # not there yet
        return 0


def rows(folder: Path) -> dict[str, list[tuple]]:
    """Everything that a study measured, but for times."""
    with Store(folder / "results.sqlite", read_only=True) as store:
        frames = {
            "scores": store.scores(),
            "searches": store.searches(),
            "curves": store.curves(),
            "samples": store.samples(),
            "trainings": store.trainings(),
            "epochs": store.epochs(),
        }
    return {
        name: sorted(map(repr, frame.drop(columns=[c for c in MEASURED if c in frame]).itertuples(index=False)))
        for name, frame in frames.items()
    }


def table(folder: Path) -> str:
    """The comparison table, but for times."""
    with Store(folder / "results.sqlite", read_only=True) as store:
        return csv(wide(results.comparison(store)).drop(columns=["search_seconds", "score_seconds"]))

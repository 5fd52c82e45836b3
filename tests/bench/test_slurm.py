"""Jobs of SLURM, run by submitit's stand-in for a cluster on this machine."""

import math
import os
import sys
import time
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from helpers import rows, settings, table, zsbench
from test_executors import ARCHITECTURE, SEARCH

from bench.cells import take_over
from bench.errors import UsageError
from bench.jobs import ScoreJob
from bench.running import run_jobs
from bench.slurm import open_slurm
from bench.workers import JobFailedError, WorkerSetup
from results import Store

pytest.importorskip("submitit")
FEW = ("seeds=[0]", "correlation.samples=3", "train.epochs=1")  # trainings, each in a process of its own
LOCAL = ("--executor", "slurm", "--slurm", "cluster=local")
MINE = '''
from proxies import proxy

@proxy("mine", init="gaussian")
def mine(network, batch):
    """Mean absolute response."""
    return network.features(batch.images).abs().mean().item()
'''
# Kills its process at the sixth score, once.
DYING = '''
import os, signal
from pathlib import Path
from proxies import proxy

calls = []

@proxy("dying", deterministic=True)
def dying(network, batch):
    """Parameters."""
    calls.append(1)
    if len(calls) == 6 and not Path({marker!r}).exists():
        Path({marker!r}).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return float(sum(p.numel() for p in network.parameters()))
'''


def test_a_search_finds_the_same_as_here(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(MINE)
    search = ("search", *SEARCH, "--proxy", "mine", "--import", str(path), "--evaluations", "30", "--out")
    here = zsbench(*search, str(tmp_path / "here"), "--workers", "1")
    there = zsbench(*search, str(tmp_path / "there"), *LOCAL)
    assert there.returncode == 0, there.stderr
    assert there.stdout == here.stdout
    assert rows(tmp_path / "there") == rows(tmp_path / "here")
    assert len(list((tmp_path / "there" / "cells").iterdir())) == 1


@pytest.mark.slow
def test_a_study_measures_the_same_as_here(tmp_path: Path) -> None:
    study = ("run", "quick", *settings("proxies=['zen','te_nas_zen']", *FEW), "--out")
    here = zsbench(*study, str(tmp_path / "here"), "--workers", "2")
    there = zsbench(*study, str(tmp_path / "there"), *LOCAL, "--slurm", "cpus=2", "--workers", "2")
    assert (here.returncode, there.returncode) == (0, 0), there.stderr
    assert rows(tmp_path / "there") == rows(tmp_path / "here")
    assert table(tmp_path / "there") == table(tmp_path / "here")
    names = sorted(path.name.rpartition("-")[0] for path in (tmp_path / "there" / "cells").iterdir())
    assert [name for name in names if name.startswith("search")] == ["search-te_nas_zen-0", "search-zen-0"]
    assert len(names) == 2 + 4, "one job for all scores of the sample by a proxy under one of its two seeds"


@pytest.mark.slow
def test_a_job_that_dies_is_told_with_its_log_and_the_next_run_goes_on(tmp_path: Path) -> None:
    (tmp_path / "dying.py").write_text(DYING.format(marker=str(tmp_path / "marker")))
    mine = ("--proxy", "dying", "--import", str(tmp_path / "dying.py"), "--evaluations", "12")
    search = ("search", *SEARCH, *mine, "--out")
    failed = zsbench(*search, str(tmp_path / "there"), *LOCAL)
    assert (failed.returncode, failed.stdout) == (1, "")
    last = failed.stderr.splitlines()[-1]
    assert "search: 1 of 1 jobs failed" in last
    assert "no result, state" in last
    assert last.endswith("run the same command again to go on")
    assert Path(last.partition("its log is ")[2].partition(";")[0]).is_file()
    (cell,) = (tmp_path / "there" / "cells").iterdir()
    done = zsbench(*search, str(tmp_path / "there"), *LOCAL)
    assert done.returncode == 0, done.stderr
    with Store(cell / "results.sqlite", read_only=True) as store:
        assert len(store.scores()) == 12
    here = zsbench(*search, str(tmp_path / "here"), "--workers", "1")
    assert here.stdout == done.stdout
    assert rows(tmp_path / "there") == rows(tmp_path / "here")


def test_others_keep_their_results_when_a_job_fails(tmp_path: Path) -> None:
    good = ScoreJob("params", "resnet", ARCHITECTURE, 0, "published", 8, 4, 10, "noise", "cpu", 60.0)
    jobs = [replace(good, data="nothing"), good]
    results: list[tuple[ScoreJob, dict]] = []
    with (
        open_slurm(WorkerSetup(), "cpu", None, ["cluster=local"], tmp_path) as executor,
        pytest.raises(JobFailedError, match=r"1 of 2 jobs failed.*unknown data set 'nothing'.*; its log is .*err$"),
    ):
        results.extend(run_jobs(executor, jobs, "score"))
    assert [(job, row["status"]) for job, row in results] == [(good, "ok")]


def test_leaving_cancels_what_is_out(tmp_path: Path) -> None:
    with open_slurm(WorkerSetup(), "cpu", 1, ["cluster=local"], tmp_path) as executor:
        out, waiting = executor.submit(time.sleep, 3600), executor.submit(math.sqrt, 4)
        while not list(tmp_path.glob("*_submitted.pkl")):
            time.sleep(0.05)
    with pytest.raises(JobFailedError, match="was cancelled"):
        out.result(0)
    with pytest.raises(CancelledError):
        waiting.result(0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["partition"], "--slurm partition: expected key=value"),
        (["cluster=local", "bogus=1"], "--slurm: .*bogus"),
        (["cluster=nowhere"], "--slurm: .*nowhere"),
        (["cluster=local", "time=1:00:00"], "--slurm: .*timeout_min.*int"),
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, given: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message), open_slurm(WorkerSetup(), "cpu", None, given, tmp_path):
        pass


def test_settings_become_those_of_sbatch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a machine whose `srun` only has to be there."""
    (tmp_path / "srun").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    given = ["partition=gpu", "time=90", "mem=8GB", "cpus=4", "gpus=2"]
    with open_slurm(WorkerSetup(threads=2), "cpu", None, given, tmp_path / "logs") as executor:
        asked = executor._submitter._executor.parameters
        assert executor.workers == 2, "two of two threads fit into four CPUs"
    expected = {"partition": "gpu", "time": 90, "mem": "8GB", "cpus_per_task": 4, "gpus_per_node": 2}
    assert {name: asked[name] for name in expected} == expected
    with open_slurm(WorkerSetup(threads=2), "cuda", None, given, tmp_path / "logs") as executor:
        assert executor.workers == 2, "one a GPU"
    with open_slurm(WorkerSetup(threads=2), "cuda", None, [], tmp_path / "logs") as executor:
        asked = executor._submitter._executor.parameters
        assert (executor.workers, asked["gpus_per_node"], asked["cpus_per_task"]) == (1, 1, 2)


def test_without_submitit_one_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "submitit", None)
    with (
        pytest.raises(UsageError, match=r"pip install 'zsbench\[slurm\]'"),
        open_slurm(WorkerSetup(), "cpu", None, [], tmp_path),
    ):
        pass


def test_rows_taken_over_twice_are_there_once(tmp_path: Path) -> None:
    job = ScoreJob("te_nas_zen", "resnet", ARCHITECTURE, 0, "published", 8, 4, 10, "noise", "cpu", 60.0)
    with Store(tmp_path / "cell.sqlite") as cell:
        cell.add_score(job.run())
        cell.add_score(replace(job, seed=1).failed("its worker process died"))
    with Store(tmp_path / "results.sqlite") as store, Store(tmp_path / "cell.sqlite") as cell:
        for _ in range(2):
            take_over(store, cell.path)
        pd.testing.assert_frame_equal(store.scores(), cell.scores())

"""Jobs of SLURM, run by submitit's stand-in for a cluster on this machine."""

import math
import os
import signal
import sys
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from conftest import zsbench
from helpers import ARCHITECTURE, PATIENCE, SEARCH, rows, settings, table, wait_until
from zsbench import space
from zsbench.bench.errors import UsageError
from zsbench.bench.executors.job import run_job
from zsbench.bench.executors.running import run_jobs
from zsbench.bench.executors.slurm import SlurmExecutor, open_slurm
from zsbench.bench.executors.worker import JobFailedError, WorkerSetup
from zsbench.bench.jobs import ScoreJob, Setting
from zsbench.bench.study import shards as cells
from zsbench.bench.study.searching import SearchPlan
from zsbench.bench.study.shards import ScoresJob, SearchJob, take_rows
from zsbench.results import Store, study_lock
from zsbench.search import Budget

pytest.importorskip("submitit")


@pytest.fixture(autouse=True)
def _no_job_ignores_ctrl_c() -> Iterator[None]:
    """submitit's stand-in cancels a job by Ctrl-C's signal, which what a shell starts in the background ignores."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


SETTING = Setting("resnet", 0, "published", 8, 4, 10, "noise", "cpu", 60.0)
FEW = ("seeds=[0]", "correlation.samples=3", "train.epochs=1")  # trainings, each in a process of its own
LOCAL = ("--executor", "slurm", "--slurm", "cluster=local")
MINE = '''
from zsbench.proxies import proxy

@proxy("mine", init="gaussian")
def mine(network, batch):
    """Mean absolute response."""
    return network.features(batch.images).abs().mean().item()
'''
# Kills its job at the sixth score, once: the process that started the worker which scores.
DYING = '''
import os, signal, time
from pathlib import Path
from zsbench.proxies import proxy

calls = []

@proxy("dying", deterministic=True)
def dying(network, batch):
    """Parameters."""
    calls.append(1)
    if len(calls) == 6 and not Path({marker!r}).exists():
        Path({marker!r}).touch()
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(600)
    return float(sum(p.numel() for p in network.parameters()))
'''
# Says in the sixth score which process is its job, then waits for the signal; the second time it goes on.
WAITING = '''
import os, time
from pathlib import Path
from zsbench.proxies import proxy

calls, marker = [], Path({marker!r})

@proxy("waiting", deterministic=True)
def waiting(network, batch):
    """Parameters."""
    calls.append(1)
    if len(calls) == 6 and not marker.exists():
        marker.with_suffix(".partial").write_text(str(os.getppid()))
        marker.with_suffix(".partial").rename(marker)
        time.sleep(600)
    return float(sum(p.numel() for p in network.parameters()))
'''


@pytest.mark.slow
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
    assert last.endswith("run the same command again to continue")
    assert Path(last.partition("its log is ")[2].partition(";")[0]).is_file()
    (cell,) = (tmp_path / "there" / "cells").iterdir()
    done = zsbench(*search, str(tmp_path / "there"), *LOCAL)
    assert done.returncode == 0, done.stderr
    with Store(cell / "results.sqlite", read_only=True) as store:
        assert len(store.scores()) == 12
    here = zsbench(*search, str(tmp_path / "here"), "--workers", "1")
    assert here.stdout == done.stdout
    assert rows(tmp_path / "there") == rows(tmp_path / "here")


def test_a_job_that_is_preempted_goes_on_without_a_false_error(tmp_path: Path) -> None:
    path, marker, cell = tmp_path / "waiting.py", tmp_path / "marker", tmp_path / "cell"
    path.write_text(WAITING.format(marker=str(marker)))
    setup = WorkerSetup.of(1, [path])
    budget = Budget(params=200_000, resolution=8, num_classes=10)
    search = SearchPlan(
        "waiting", SETTING, 0, space.get("resnet"), budget, "evolution", evaluations=12, population=6, lag=2
    )
    with open_slurm(setup, "cpu", None, ["cluster=local"], tmp_path / "logs") as executor:
        future = executor.submit(run_job, SearchJob(cell, setup, 1, search))
        wait_until(lambda: marker.exists() or future.done())
        os.kill(int(marker.read_text()), signal.SIGUSR2)
        future.result(PATIENCE)
    log = "".join(path.read_text() for path in (tmp_path / "logs").glob("*_log.*"))
    assert "Requeued job" in log
    with Store(cell / "results.sqlite", read_only=True) as store:
        assert list(store.scores().status) == ["ok"] * 12


def test_a_part_that_an_earlier_job_still_works_at_says_so(tmp_path: Path) -> None:
    job = ScoresJob(tmp_path, WorkerSetup(), 1, "params", SETTING, (ARCHITECTURE,))
    with study_lock(tmp_path), pytest.raises(JobFailedError, match=r"earlier job .* scancel .*pid \d+"):
        job.run()
    job.run()
    with Store(job.store, read_only=True) as store:
        assert list(store.scores().status) == ["ok"]


class FailingJob:
    """A job that cannot be looked at, nor cancelled."""

    job_id = "17"

    def done(self) -> bool:
        raise OSError(116, "Stale file handle")

    def cancel(self, check: bool) -> None:
        raise RuntimeError("scancel: no answer")


class RunningJob(FailingJob):
    """A job that runs until it is cancelled."""

    cancelled = False

    def done(self) -> bool:
        return False

    def cancel(self, check: bool) -> None:
        self.cancelled = True


class Submitter:
    """Gives the jobs that it was given; an error is raised."""

    def __init__(self, *jobs: object):
        self.jobs = list(jobs)

    def submit(self, task: object) -> object:
        job = self.jobs.pop(0)
        if isinstance(job, Exception):
            raise job
        return job


@contextmanager
def futures_of(*jobs: object) -> Iterator[list["Future[float]"]]:
    """One for each job; all are cancelled at the end."""
    executor = SlurmExecutor(Submitter(*jobs), WorkerSetup(), 1)
    try:
        yield [executor.submit(math.sqrt, 4) for _ in jobs]
    finally:
        executor.shutdown(cancel_futures=True)


def test_a_job_that_cannot_be_looked_after_fails_and_no_other() -> None:
    running = RunningJob()
    with futures_of(FailingJob(), TypeError("cannot pickle"), running) as (lost, refused, out):
        with pytest.raises(
            JobFailedError, match=r"Stale file handle; the job could not be cancelled \(scancel: no answer"
        ):
            lost.result(PATIENCE)
        with pytest.raises(JobFailedError, match="rejected the job: cannot pickle"):
            refused.result(PATIENCE)
        assert not out.done()
    assert running.cancelled


def test_a_job_that_cannot_be_cancelled_does_not_keep_the_others() -> None:
    class Stubborn(RunningJob):
        cancel = FailingJob.cancel

    running = RunningJob()
    with futures_of(Stubborn(), running) as futures:
        wait_until(lambda: all(future.running() for future in futures))
    assert running.cancelled
    for future, told in zip(futures, ("could not be cancelled", "was cancelled"), strict=True):
        with pytest.raises(JobFailedError, match=told):
            future.result(0)


def test_others_keep_their_results_when_a_job_fails(tmp_path: Path) -> None:
    good = ScoreJob("params", ARCHITECTURE, SETTING)
    jobs = [replace(good, setting=replace(SETTING, data="nothing")), good]
    results: list[tuple[ScoreJob, dict]] = []
    with (
        open_slurm(WorkerSetup(), "cpu", None, ["cluster=local"], tmp_path) as executor,
        pytest.raises(JobFailedError, match=r"1 of 2 jobs failed.*unknown data set 'nothing'.*; its log is .*err$"),
    ):
        results.extend(run_jobs(executor, jobs, "score"))
    assert [(job, row["status"]) for job, row in results] == [(good, "ok")]


def test_leaving_cancels_what_is_out(tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    def stay() -> None:  # in here, so that it is sent: jobs cannot import this file
        pid.with_suffix(".partial").write_text(str(os.getpid()))
        pid.with_suffix(".partial").rename(pid)
        time.sleep(3600)

    def runs() -> bool:
        with suppress(ProcessLookupError):
            os.kill(int(pid.read_text()), 0)
            return True
        return False

    with open_slurm(WorkerSetup(), "cpu", 1, ["cluster=local"], tmp_path) as executor:
        out, waiting = executor.submit(stay), executor.submit(math.sqrt, 4)
        wait_until(pid.exists)
        assert runs()
    with pytest.raises(JobFailedError, match="was cancelled"):
        out.result(0)
    with pytest.raises(CancelledError):
        waiting.result(0)
    wait_until(lambda: not runs())


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
    given = ["partition=gpu", "account=007", "time=90", "mem=8GB", "cpus=4", "gpus=2"]
    with open_slurm(WorkerSetup(threads=2), "cpu", None, given, tmp_path / "logs") as executor:
        asked = executor._submitter._executor.parameters
        assert executor.workers == 2, "two of two threads fit into four CPUs"
    expected = {"partition": "gpu", "account": "007", "time": 90, "mem": "8GB", "cpus_per_task": 4, "gpus_per_node": 2}
    assert {name: asked[name] for name in expected} == expected
    with open_slurm(WorkerSetup(threads=2), "cuda", None, given, tmp_path / "logs") as executor:
        assert executor.workers == 2, "one a GPU"
    with open_slurm(WorkerSetup(threads=2), "cuda", None, [], tmp_path / "logs") as executor:
        asked = executor._submitter._executor.parameters
        assert (executor.workers, asked["gpus_per_node"], asked["cpus_per_task"]) == (1, 1, 2)


def test_without_submitit_one_is_told_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "submitit", None)
    with (
        pytest.raises(UsageError, match=r"pip install -e '\.\[slurm\]'"),
        open_slurm(WorkerSetup(), "cpu", None, [], tmp_path),
    ):
        pass


def test_rows_taken_over_twice_are_there_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cells, "ROWS_AT_A_TIME", 2)
    job = ScoreJob("te_nas_zen", ARCHITECTURE, SETTING)
    with Store(tmp_path / "cell.sqlite") as cell:
        cell.add_score(job.run())
        cell.add_score(replace(job, setting=replace(SETTING, seed=1)).failed("its worker process died"))
        cell.add_score(ScoreJob("params", ARCHITECTURE, SETTING).run())
    with Store(tmp_path / "results.sqlite") as store, Store(tmp_path / "cell.sqlite") as cell:
        for _ in range(2):
            take_rows(store, cell.path)
        pd.testing.assert_frame_equal(store.scores(), cell.scores())

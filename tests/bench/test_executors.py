"""Workers that die, and how they are dealt out."""

import json
import math
import multiprocessing
import os
import signal
import threading
from concurrent.futures import BrokenExecutor, CancelledError
from pathlib import Path

import pytest
import torch
from conftest import zsbench
from helpers import ARCHITECTURE, PATIENCE, SEARCH, count, rows, wait_until
from worker_jobs import (
    DeadlyTraining,
    UnpicklableError,
    UnreadableError,
    environment,
    fail,
    first_time_only,
    forks_and_dies,
)
from zsbench.bench.executors.local import SerialExecutor, cuda_devices, default_workers, open_executor
from zsbench.bench.executors.pool import WorkerPool, device_of
from zsbench.bench.executors.running import run_jobs
from zsbench.bench.executors.worker import WorkerDiedError, WorkerSetup
from zsbench.bench.jobs import ScoreJob, Setting
from zsbench.results import Store

# Scores by the network's size, but kills its process: with every network, or with one in five, the first time only.
DEADLY = '''
import os, signal
from pathlib import Path
from zsbench.proxies import proxy

@proxy("deadly", deterministic=True)
def deadly(network, batch):
    """Parameters; its process does not always live to tell."""
    value = sum(p.numel() for p in network.parameters())
    marker = Path({folder!r}) / str(value)
    if {always} or (value % 5 == 0 and not marker.exists()):
        marker.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return float(value)
'''


def deadly(folder: Path, always: bool = False) -> str:
    (folder / "markers").mkdir()
    (folder / "deadly.py").write_text(DEADLY.format(folder=str(folder / "markers"), always=always))
    return str(folder / "deadly.py")


@pytest.fixture(scope="module")
def pool():
    pool = WorkerPool(2, WorkerSetup(threads=1), devices=["3", "5"])
    yield pool
    pool.shutdown(cancel_futures=True)


def test_a_job_whose_worker_is_killed_is_run_again(pool: WorkerPool, tmp_path: Path) -> None:
    marker = tmp_path / "pid"
    future = pool.submit(first_time_only, str(marker), 7)
    others = [pool.submit(math.sqrt, number) for number in range(20)]
    wait_until(marker.exists)
    os.kill(int(marker.read_text()), signal.SIGKILL)
    assert future.result(PATIENCE) == 7
    assert [other.result(PATIENCE) for other in others] == [math.sqrt(number) for number in range(20)]


def test_a_job_that_always_kills_its_worker_is_given_up_and_no_other(
    pool: WorkerPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zsbench.bench.executors.pool.MAX_DEATHS", 2)
    guilty = pool.submit(os._exit, 3)
    innocent = [pool.submit(math.sqrt, number) for number in range(20)]
    with pytest.raises(WorkerDiedError, match="died 2 times, the last time with exit code 3"):
        guilty.result(PATIENCE)
    assert [future.result(PATIENCE) for future in innocent] == [math.sqrt(number) for number in range(20)]


def test_what_a_job_raises_comes_back_with_its_place(pool: WorkerPool) -> None:
    with pytest.raises(ValueError, match="math domain error") as raised:
        pool.submit(math.sqrt, -1).result(PATIENCE)
    assert "in _work" in str(raised.value.__cause__)


@pytest.mark.parametrize("kind", [UnpicklableError, UnreadableError])
def test_an_error_that_cannot_be_sent_comes_back_as_what_it_says(pool: WorkerPool, kind: type[Exception]) -> None:
    with pytest.raises(RuntimeError, match=f"^{kind.__name__}: {kind()}$"):
        pool.submit(fail, kind).result(PATIENCE)


def test_a_death_is_seen_though_another_process_holds_the_pipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zsbench.bench.executors.pool.MAX_DEATHS", 1)
    pool = WorkerPool(1, WorkerSetup())
    child = tmp_path / "child"
    try:
        with pytest.raises(WorkerDiedError, match="the last time by signal 9"):
            pool.submit(forks_and_dies, str(child)).result(PATIENCE)
    finally:
        os.kill(int(child.read_text()), signal.SIGKILL)
        pool.shutdown(cancel_futures=True)


def test_workers_have_the_threads_and_devices_that_they_were_dealt(pool: WorkerPool, tmp_path: Path) -> None:
    seen = {future.result(PATIENCE) for future in [pool.submit(environment, str(tmp_path), 2) for _ in range(2)]}
    assert {threads for _, _, threads in seen} == {1}
    assert len({pid for pid, _, _ in seen}) == 2
    assert {device for _, device, _ in seen} == {"3", "5"}


def test_stopping_ends_what_runs(tmp_path: Path) -> None:
    pool = WorkerPool(1, WorkerSetup())
    marker = tmp_path / "pid"
    running = [pool.submit(first_time_only, str(marker), 7)]
    waiting = [pool.submit(math.sqrt, 4) for _ in range(3)]
    wait_until(marker.exists)
    pool.shutdown(cancel_futures=True)
    for future in running + waiting:
        with pytest.raises(CancelledError):
            future.result(0)
    with pytest.raises(ProcessLookupError):
        os.kill(int(marker.read_text()), 0)


def test_a_worker_that_cannot_start_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zsbench.bench.executors.pool.MAX_DEATHS", 1)
    path = tmp_path / "mine.py"
    path.write_text("import os\nos._exit(7)\n")
    with (
        pytest.raises(BrokenExecutor, match="cannot be started: it ended with exit code 7"),
        open_executor(2, 1, [path]) as executor,
    ):
        executor.submit(math.sqrt, 4).result(PATIENCE)


def test_jobs_given_up_are_rows_with_a_status(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zsbench.bench.executors.pool.MAX_DEATHS", 1)
    imports = [deadly(tmp_path, always=True)]
    setting = Setting("resnet", 0, "published", 8, 4, 10, "noise", "cpu", 60.0)
    score = ScoreJob("deadly", ARCHITECTURE, setting)
    training = DeadlyTraining(ARCHITECTURE, "digits", "fast", 1, 0, "cpu", resolution=8, train_limit=64)
    reason = "its worker process died 1 times"
    with Store(tmp_path / "results.sqlite") as store, open_executor(2, 1, imports) as executor:
        for _, row in run_jobs(executor, [score], "score"):
            store.add_score(row)
        for _, (row, epochs) in run_jobs(executor, [training], "train"):
            store.add_training(row, epochs)
        for frame in (store.scores(), store.trainings()):
            assert list(frame.status) == ["error"]
            assert frame.reason[0].startswith(reason)
            assert frame.params[0] > 0
        assert store.scored(**setting.key("deadly")) == {ARCHITECTURE}, "it is not run again when the study is"


@pytest.mark.slow
def test_a_search_whose_workers_die_finds_the_same(tmp_path: Path) -> None:
    imports = ("--import", deadly(tmp_path), "--proxy", "deadly", "--evaluations", "30")
    dying, calm = tmp_path / "dying", tmp_path / "calm"
    done = zsbench("search", *SEARCH, *imports, "--workers", "2", "--out", str(dying))
    assert done.returncode == 0, done.stderr
    deaths = len(list((tmp_path / "markers").iterdir()))
    assert deaths > 1, "or nothing is shown"
    again = zsbench("search", *SEARCH, *imports, "--workers", "1", "--out", str(calm))  # all markers are set
    assert again.stdout == done.stdout
    assert rows(dying) == rows(calm)


@pytest.mark.slow
def test_a_search_whose_workers_are_killed_finds_the_same(tmp_path: Path) -> None:
    killed: list[int] = []

    def kill() -> None:
        for wanted in (5, 20):
            wait_until(lambda wanted=wanted: count(tmp_path / "killed", "scores") >= wanted)
            pid = multiprocessing.active_children()[0].pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            killed.append(pid)

    killer = threading.Thread(target=kill)
    killer.start()
    search = ("search", *SEARCH, "--proxy", "zen", "--evaluations", "40")
    zsbench(*search, "--workers", "2", "--out", tmp_path / "killed")
    killer.join()
    assert len(killed) == 2
    zsbench(*search, "--workers", "1", "--out", tmp_path / "calm")
    assert rows(tmp_path / "killed") == rows(tmp_path / "calm")


def test_any_number_of_workers_finds_the_same(tmp_path: Path) -> None:
    printed: list[str] = []
    for workers in (1, 3):
        search = ("search", *SEARCH, "--proxy", "zen", "--evaluations", "24", "--workers", workers)
        printed.append(zsbench(*search, "--out", tmp_path / str(workers)).stdout)
    assert json.loads(printed[0])["evaluations"] == 24
    assert printed[1] == printed[0]
    one = rows(tmp_path / "1")
    assert len(one["scores"]) >= 24
    assert rows(tmp_path / "3") == one


def test_workers_are_as_many_as_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 4)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert cuda_devices() == ["0", "1", "2", "3"]
    assert default_workers(1, "cuda") == 4
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "6, GPU-2b")
    assert cuda_devices() == ["6", "GPU-2b"]
    assert default_workers(4, "cuda") == 2
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert cuda_devices() == []
    assert default_workers(1, "cuda") == 1
    assert [device_of(worker, ["6", "7"]) for worker in range(5)] == ["6", "7", "6", "7", "6"]
    assert device_of(1, []) is None


def test_one_worker_is_this_process() -> None:
    with open_executor(1, 1) as executor:
        assert isinstance(executor, SerialExecutor)
        assert executor.submit(os.getpid).result() == os.getpid()

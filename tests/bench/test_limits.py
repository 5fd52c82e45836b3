"""Whoever waits for a job ends it when it takes too much, whatever it is stuck in."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pytest
from helpers import ARCHITECTURE, PATIENCE
from zsbench.bench.executors import memory
from zsbench.bench.executors.job import ANY_MEMORY, Limits, run_job
from zsbench.bench.executors.local import SerialExecutor, open_executor
from zsbench.bench.executors.pool import WorkerPool
from zsbench.bench.executors.watching import OverrunError, Watch, limited
from zsbench.bench.executors.worker import WorkerSetup
from zsbench.bench.jobs import ContractJob, ScoreJob, Setting, TrainJob
from zsbench.results import Store

SETTING = Setting(
    space="resnet", seed=0, protocol="published", resolution=8, batch_size=4, num_classes=10, data="noise",
    device="cpu", limit=0.5, memory=2_000_000_000,
)  # fmt: skip
STUCK = {
    "c_loop": "max(itertools.repeat(0))",
    "bare_except": "\n    while True:\n        try:\n            time.sleep(0.01)\n        except:\n            pass",
    "alarm_ignored": "signal.signal(signal.SIGALRM, signal.SIG_IGN)\n    while True: time.sleep(0.1)",
    "one_operation": "torch.linalg.svdvals(torch.rand(9000, 9000))",
}
GREEDY = "kept = []\n    while True: kept.append(bytearray(b'x' * 50_000_000))"
LOUD = "raise asyncio.CancelledError"


def source(name: str, body: str) -> str:
    return f'@proxy("{name}")\ndef {name}(network, batch):\n    """{name}."""\n    {body}\n\n'


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WorkerPool]:
    path = tmp_path_factory.mktemp("user") / "hostile.py"
    functions = [source(name, body) for name, body in {**STUCK, "greedy": GREEDY, "loud": LOUD}.items()]
    head = "import asyncio, itertools, signal, time\nimport torch\nfrom zsbench import proxy\n\n"
    path.write_text(head + "".join(functions))
    with WorkerPool(1, WorkerSetup.of(1, [path])) as pool:
        yield pool
        pool.shutdown(cancel_futures=True)


def run(pool: WorkerPool, name: str, setting: Setting = SETTING) -> dict:
    return pool.submit(run_job, ScoreJob(name, ARCHITECTURE, setting)).result(PATIENCE)


@pytest.mark.parametrize("name", STUCK)
def test_a_score_that_does_not_end_is_ended(pool: WorkerPool, name: str, tmp_path: Path) -> None:
    row = run(pool, name)
    assert (row["status"], row["reason"], row["value"]) == ("timeout", "took longer than its limit of 0.5 s", None)
    with Store(tmp_path / "results.sqlite") as store:
        store.add_score(row)  # a row like any other
    assert run(pool, "zen", replace(SETTING, limit=60.0))["status"] == "ok", "the next job has a worker"


def test_a_score_that_takes_all_memory_is_ended(pool: WorkerPool, tmp_path: Path) -> None:
    row = run(pool, "greedy", replace(SETTING, limit=100.0, memory=1_500_000_000))
    assert (row["status"], row["reason"]) == ("memory", "took more than 1.5 GB of memory")
    with Store(tmp_path / "results.sqlite") as store:
        store.add_score(row)
        assert store.scores().status.tolist() == ["memory"]


def test_whatever_a_proxy_raises_is_a_row(pool: WorkerPool) -> None:
    row = run(pool, "loud", replace(SETTING, limit=60.0))
    assert (row["status"], row["reason"]) == ("error", "CancelledError: ")


def test_the_contract_of_a_proxy_that_does_not_end(pool: WorkerPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zsbench.bench.jobs.CONTRACT_SECONDS", 0.5)
    (check,) = pool.submit(run_job, ContractJob("c_loop", "cpu")).result(PATIENCE)
    assert not check.passed
    assert check.detail.startswith("took longer than its limit of 0.5 s")


@dataclass(frozen=True)
class Unprepared:
    """A job whose preparation fails."""

    @property
    def limits(self) -> Limits:
        return Limits()

    def prepare(self) -> None:
        raise ValueError("no such images")

    def run(self) -> int:
        return 1

    def failed(self, reason: str) -> int:
        return 2

    def overran(self, status: str, reason: str) -> int:
        return 3


def test_an_error_while_a_job_is_prepared_reaches_who_waits() -> None:
    with WorkerPool(1, WorkerSetup()) as pool, pytest.raises(ValueError, match="no such images"):
        pool.submit(run_job, Unprepared()).result(PATIENCE)


def test_a_training_has_a_limit_and_any_memory() -> None:
    job = TrainJob(ARCHITECTURE, "digits", "fast", 1, 0, "cpu", limit=7.0)
    assert job.limits == Limits(7.0, ANY_MEMORY)
    row, epochs = job.overran("timeout", "overran 7 s")
    assert (row["status"], row["reason"], row.get("accuracy"), epochs) == ("timeout", "overran 7 s", None, [])
    assert job.digest == replace(job, limit=None).digest, "another limit goes on from the same checkpoint"


def test_what_a_watch_sees() -> None:
    own = os.getpid()
    Watch(Limits(), None, own).look()
    with pytest.raises(OverrunError, match="memory"):
        Watch(Limits(memory=1_000), None, own).look()
    with pytest.raises(OverrunError, match="memory"):
        Watch(Limits(), 1_000, own).look()  # its share
    Watch(Limits(memory=ANY_MEMORY), 1_000, own).look()
    late = Watch(Limits(seconds=-1.0), None, own)  # its slack is one second
    time.sleep(0.01)
    with pytest.raises(OverrunError, match="took longer"):
        late.look()


def test_only_jobs_with_limits_are_watched() -> None:
    job = ScoreJob("zen", ARCHITECTURE, SETTING)
    assert limited(partial(run_job, job)) is job
    assert limited(partial(int, "3")) is None
    assert limited(time.time) is None


def test_one_worker_is_this_process_only_for_our_own_code(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(source("mine", "return 1.0").replace("@proxy", "from zsbench import proxy\n\n@proxy", 1))
    with open_executor(1, 1) as executor:
        assert isinstance(executor, SerialExecutor)
    with open_executor(1, 1, [path]) as executor:
        assert isinstance(executor, WorkerPool)


def test_memory_is_what_the_system_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert 10_000_000 < memory.resident(os.getpid()) < 64 * 2**30
    assert memory.resident(2**22 + 1) == 0  # no such process
    meminfo, container = tmp_path / "meminfo", tmp_path / "memory.max"
    monkeypatch.setattr(memory, "MACHINE", meminfo)
    monkeypatch.setattr(memory, "CONTAINER", container)
    assert memory.share(2) is None
    meminfo.write_text("MemTotal: 1000 kB\nMemAvailable:    500 kB\n")
    assert memory.share(2) == int(0.8 * 500 * 1024 / 2)
    container.write_text("max\n")
    assert memory.share(2) == int(0.8 * 500 * 1024 / 2)
    container.write_text("100000\n")
    assert memory.share(2) == 40_000

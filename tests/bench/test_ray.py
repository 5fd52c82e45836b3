"""Jobs on a Ray cluster of two nodes, here."""

import math
import os
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from functools import partial
from pathlib import Path

import pytest
import torch
from conftest import zsbench
from helpers import ARCHITECTURE, PATIENCE, SEARCH, count, rows, settings, table
from zsbench.bench.errors import UsageError
from zsbench.bench.executors import ray_cluster as ray_executor
from zsbench.bench.executors.job import run_job
from zsbench.bench.executors.ray_cluster import open_ray
from zsbench.bench.executors.worker import WorkerDiedError, WorkerSetup
from zsbench.bench.jobs import ScoreJob, Setting

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
ray = pytest.importorskip("ray")
cluster_utils = pytest.importorskip("ray.cluster_utils")

SIZE = '''
from zsbench.proxies import proxy

@proxy("size_of_mine", needs="architecture", deterministic=True)
def size_of_mine(architecture, setting):
    """Parameters."""
    from zsbench import space
    return float(space.cost(architecture, setting.resolution, setting.num_classes).params)
'''
SETTING = Setting("resnet", 0, "published", 8, 4, 10, "noise", "cpu", 60.0)


@pytest.fixture(scope="module")
def cluster() -> Iterator["cluster_utils.Cluster"]:
    """A head that runs nothing, and two nodes for one job each."""
    cluster = cluster_utils.Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
    for _ in range(2):
        cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    yield cluster
    ray.shutdown()
    cluster.shutdown()


def on_ray(cluster: "cluster_utils.Cluster") -> tuple[str, ...]:
    return ("--executor", "ray", "--ray-address", cluster.address)


def test_a_search_finds_the_same_as_here(cluster, tmp_path: Path) -> None:
    search = ("search", *SEARCH, "--proxy", "zen", "--evaluations", "30", "--out")
    here = zsbench(*search, tmp_path / "here", "--workers", "1")
    assert here.returncode == 0, here.stderr
    assert zsbench(*search, tmp_path / "ray", *on_ray(cluster)).stdout == here.stdout
    assert rows(tmp_path / "ray") == rows(tmp_path / "here")


def test_jobs_run_on_both_nodes_with_the_threads_of_one(cluster, tmp_path: Path) -> None:
    def place_and_threads(job: int) -> tuple[str, int]:  # in here, so that it is sent: workers cannot import this file
        (tmp_path / str(job)).touch()
        while len(list(tmp_path.iterdir())) < 2:  # for two jobs at a time, each node has room for one
            time.sleep(0.01)
        return ray.get_runtime_context().get_node_id(), torch.get_num_threads()

    with open_ray(WorkerSetup.of(1), "cpu", None, cluster.address) as executor:
        seen = {future.result(PATIENCE) for future in [executor.submit(place_and_threads, job) for job in range(2)]}
    assert {threads for _, threads in seen} == {1}
    assert len({node for node, _ in seen}) == 2


def test_a_proxy_file_that_other_machines_lack_is_known_there(cluster, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(SIZE)
    setup = WorkerSetup.of(1, [path])
    path.unlink()
    with open_ray(setup, "cpu", 1, cluster.address) as executor:
        row = executor.submit(run_job, ScoreJob("size_of_mine", ARCHITECTURE, SETTING)).result(PATIENCE)
    assert (row["status"], row["value"]) == ("ok", row["params"])


def test_a_job_that_always_kills_its_worker_is_given_up(cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_executor, "RETRIES", 1)
    with open_ray(WorkerSetup.of(1), "cpu", None, cluster.address) as executor:
        guilty, innocent = executor.submit(os._exit, 3), executor.submit(math.sqrt, 4)
        with pytest.raises(WorkerDiedError, match="died 2 times on the Ray cluster"):
            guilty.result(PATIENCE)
        assert innocent.result(PATIENCE) == 2


def test_what_a_job_raises_comes_back_in_its_own_words(cluster) -> None:
    with open_ray(WorkerSetup.of(1), "cpu", None, cluster.address) as executor:
        error = executor.submit(math.sqrt, -1).exception(PATIENCE)
    assert type(error) is ValueError
    assert str(error) == "math domain error"


def test_a_job_that_ray_ends_for_want_of_memory_is_told_as_such(cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    def get(_reference: object) -> None:
        raise ray.exceptions.OutOfMemoryError("the node ran low\non memory")

    with open_ray(WorkerSetup.of(1), "cpu", None, cluster.address) as executor:
        monkeypatch.setattr(ray, "get", get)
        with pytest.raises(
            WorkerDiedError, match=r"^killed by Ray, because its node ran out of memory: the node ran low$"
        ):
            executor.submit(math.sqrt, 4).result(PATIENCE)
        monkeypatch.undo()


def test_what_was_about_to_start_does_not_once_the_executor_is_stopped(cluster) -> None:
    with open_ray(WorkerSetup.of(1), "cpu", None, cluster.address) as executor:
        executor.shutdown(cancel_futures=True)
        with pytest.raises(CancelledError):
            executor._wait(partial(math.sqrt, 4))


@pytest.mark.slow
def test_a_study_that_loses_a_node_measures_the_same(cluster, tmp_path: Path) -> None:
    study = ("run", "quick", *settings("proxies=['zen','te_nas_zen']", "search.evaluations=40"), "--out")
    zsbench(*study, tmp_path / "here", "--workers", "2")
    node = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    lost: list[int] = []

    def lose() -> None:
        while (scored := count(tmp_path / "ray", "scores")) < 30:
            time.sleep(0.01)
        cluster.remove_node(node, allow_graceful=False)
        lost.append(scored)

    loser = threading.Thread(target=lose)
    loser.start()
    zsbench(*study, tmp_path / "ray", *on_ray(cluster))
    loser.join()
    here = rows(tmp_path / "here")
    assert lost[0] < len(here["scores"]), "it was lost after the last score"
    assert rows(tmp_path / "ray") == here
    assert table(tmp_path / "ray") == table(tmp_path / "here")


@pytest.mark.parametrize(
    ("address", "message"),
    [("127.0.0.1:1", "nothing answers there"), ("nonsense", "--ray-address nonsense: ")],
)
def test_an_address_where_nothing_answers_is_wrong_usage(tmp_path: Path, address: str, message: str) -> None:
    done = zsbench("run", "quick", "--executor", "ray", "--ray-address", address, "--out", str(tmp_path))
    assert (done.returncode, done.stdout) == (2, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_of_the_sixth_version_is_taken_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []

    def refuse(address: object, timeout: float) -> None:
        asked.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr("socket.create_connection", refuse)
    with pytest.raises(UsageError, match=r"--ray-address \[::1\]:6379: nothing answers there"):
        ray_executor._check_answers("[::1]:6379")
    assert asked == [("::1", 6379)]


def test_ray_that_does_not_start_here_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", fail)
    with pytest.raises(UsageError, match=r"^--executor ray: Ray cannot be started on this machine: RuntimeError$"):
        ray_executor._connect(None)


def test_a_cluster_that_fails_at_once_is_left_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("the cluster is gone")

    left: list[bool] = []
    monkeypatch.setattr(ray_executor, "_connect", lambda address: True)
    monkeypatch.setattr(ray, "put", fail)
    monkeypatch.setattr(ray, "shutdown", lambda: left.append(True))
    with pytest.raises(RuntimeError, match="is gone"), open_ray(WorkerSetup.of(1), "cpu", None, None):
        pass
    assert left == [True]


def test_without_ray_one_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(UsageError, match=r"pip install -e '\.\[ray\]'"), open_ray(WorkerSetup(), "cpu", None, None):
        pass


def test_what_a_cluster_lacks_is_told(cluster, capsys: pytest.CaptureFixture[str]) -> None:
    with open_ray(WorkerSetup.of(1), "cuda", None, cluster.address):
        pass
    assert "the Ray cluster lacks 1 GPU for a job" in capsys.readouterr().err

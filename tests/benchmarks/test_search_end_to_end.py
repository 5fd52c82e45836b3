"""A search from its first candidate to its winner against the same search by a naive loop.

`zen`, batch 64, 32 px, 300 evaluations, population 256, within a million parameters: the same candidates in the same
order. The loop scores one after another with two threads; ours has two workers of one thread, rows in a store, and
everything else that `zsbench search` does but the start of its processes.
"""

import time
from collections import deque
from pathlib import Path

import naive
import pytest
import torch
from zsbench import space
from zsbench.bench.executors.pool import WorkerPool
from zsbench.bench.executors.worker import WorkerSetup
from zsbench.bench.jobs import ScoreJob, Setting
from zsbench.bench.progress import watch
from zsbench.bench.study.searching import SearchPlan, run_search
from zsbench.results import Store
from zsbench.search import Budget, Evolution

EVALUATIONS, POPULATION, LAG = 300, 256, 8
RESNET = space.get("resnet")
MILLION = Budget(params=1_000_000, layers=18, resolution=32, num_classes=100)
SETTING = Setting("resnet", 1, "published", 32, 64, 100, "noise", "cpu", 600.0)


def naive_search() -> str:
    """The winner of a loop that scores where it stands."""
    torch.set_num_threads(2)
    search = Evolution(RESNET, MILLION, seed=1, population=POPULATION)
    out: deque[space.Architecture] = deque()
    for evaluation in range(EVALUATIONS):
        while len(out) < min(LAG, EVALUATIONS - evaluation):
            out.append(search.ask())
        candidate = out.popleft()
        search.tell(candidate, naive.score("zen", candidate, seed=1, resolution=32, batch_size=64, num_classes=100))
    assert search.best is not None
    return str(search.best.architecture)


def our_search(folder: Path, pool: WorkerPool) -> str:
    """The winner of a cell of a study."""
    cell = SearchPlan("zen", SETTING, 0, RESNET, MILLION, "evolution", EVALUATIONS, POPULATION, LAG)
    with Store(folder / "results.sqlite") as store, watch("zen", EVALUATIONS) as watched:
        run_search(cell, store, pool, watched)
        return store.searches().winner.item()


@pytest.mark.benchmark(group="a whole search by zen")
def test_search_by_zen(benchmark, tmp_path: Path) -> None:
    with WorkerPool(2, WorkerSetup(threads=1)) as pool:
        for started in [pool.submit(ScoreJob("zen", str(RESNET.initial()), SETTING).run) for _ in range(2)]:
            assert started.result()["status"] == "ok"
        winner = benchmark.pedantic(our_search, (tmp_path, pool), rounds=1)
    start = time.perf_counter()
    expected = naive_search()
    benchmark.extra_info["naive"] = time.perf_counter() - start
    assert winner == expected

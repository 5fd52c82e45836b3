"""A study of several search strategies, and one search by each."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import zsbench
from helpers import rows
from zsbench.bench.executors.local import open_executor
from zsbench.bench.study import config
from zsbench.bench.study import study as studies
from zsbench.bench.study.folder import open_folder
from zsbench.bench.study.study import Study
from zsbench.results import Store
from zsbench.search import STRATEGIES

NAMES = ["random", "evolution", "local"]
SETTINGS = [
    "proxies=['params','az_nas']",
    f"search.strategies={NAMES}",
    "search.evaluations=8",
    "search.population=4",
    "seeds=[0,1]",
    "score.resolution=8",
    "score.batch_size=2",
    "train.epochs=1",
    "train.train_limit=64",
    "correlation.samples=4",
]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("strategies")
    arguments = [part for setting in SETTINGS for part in ("--set", setting)]
    run = zsbench("run", "quick", "--out", folder, "--workers", "1", *arguments, drawn=False)
    assert run.returncode == 0, run.stderr
    return folder


def test_every_proxy_is_searched_by_every_strategy_and_each_winner_trained_once(done: Path) -> None:
    with Store(done / "results.sqlite", read_only=True) as store:
        searches, trainings, samples = store.searches(), store.trainings(), store.samples()
    found = set(searches[["proxy", "strategy", "seed"]].itertuples(index=False, name=None))
    assert found == {(proxy, name, seed) for proxy in ("params", "az_nas") for name in NAMES for seed in (0, 1)}
    assert set(searches.evaluations) == {8}
    assert set(trainings.architecture) == {*searches.winner, *samples.architecture}
    assert not trainings.duplicated(["architecture", "dataset", "seed"]).any()
    with (done / "report" / "table.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [(line["proxy"], line["strategy"]) for line in lines if line["kind"] == "proxy"] == [
        (proxy, name) for proxy in ("params", "az_nas") for name in sorted(NAMES)
    ]


def test_a_study_stopped_between_strategies_goes_on_where_it_was(
    done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = config.load("quick", SETTINGS)
    run_search, ran = studies.run_search, []

    def counted(cell, *more) -> None:
        if len(ran) == 3:
            raise KeyboardInterrupt
        ran.append((cell.proxy, cell.strategy, cell.seed))
        run_search(cell, *more)

    monkeypatch.setattr(studies, "run_search", counted)
    with open_folder(tmp_path, study) as folder, open_executor(1, study.threads) as executor:
        with pytest.raises(KeyboardInterrupt):
            Study(study, folder, executor, "cpu").search_only()
        assert ran == [("params", "random", 0), ("params", "random", 1), ("params", "evolution", 0)]
        monkeypatch.setattr(
            studies, "run_search", lambda cell, *more: ran.append(cell.strategy) or run_search(cell, *more)
        )
        Study(study, folder, executor, "cpu").search_only()
    assert ran[3:6] == ["evolution", "local", "local"]
    assert len(ran) == 2 * len(NAMES) * 2
    for name in ("searches", "curves"):
        assert rows(tmp_path)[name] == rows(done)[name]


@pytest.fixture
def search(run: Callable[..., tuple[int, str, str]], tmp_path: Path) -> Callable[[str], tuple[int, str, str]]:
    """One search of a listed space: exit code, stdout, stderr."""

    def search(strategy: str) -> tuple[int, str, str]:
        arguments = ("--space", "nasbench201", "--proxy", "flops", "--params", "400000", "--evaluations", "40")
        more = ("--population", "10", "--strategy", strategy, "--out", tmp_path, "--workers", "1")
        return run("search", *arguments, *more)

    return search


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_one_search_by_each_strategy_is_kept_under_its_name(strategy: str, search, tmp_path: Path) -> None:
    code, first, told = search(strategy)
    assert code == 0, told
    winner = json.loads(first)
    assert winner["evaluations"] == 40
    assert winner["params"] <= 400_000
    assert search(strategy)[1] == first
    with Store(tmp_path / "results.sqlite", read_only=True) as store:
        assert store.searches().strategy.tolist() == [strategy]
    other = next(name for name in STRATEGIES if name != strategy)
    code, _, told = search(other)
    assert code == 2
    assert f"search.strategies is ['{strategy}'], not ['{other}']" in told


def test_an_unknown_strategy_is_refused_in_one_line(search) -> None:
    code, _, told = search("luck")
    assert (code, told) == (
        2,
        "zsbench: --strategy: unknown strategy 'luck'; there are: evolution, regularized, random, local\n",
    )

"""A study is not continued with a proxy that gives other scores than those it has."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from helpers import ARCHITECTURE
from zsbench import proxies
from zsbench.bench.errors import UsageError
from zsbench.bench.executors.local import SerialExecutor
from zsbench.bench.jobs import ScoreJob, Setting
from zsbench.bench.study.versions import check_versions
from zsbench.results import Store

SETTING = Setting(
    space="resnet", seed=0, protocol="published", resolution=8, batch_size=4, num_classes=10, data="noise",
    device="cpu", limit=60.0,
)  # fmt: skip
NAMES = ("zen", "az_nas")  # one value, and components


@pytest.fixture
def scored(tmp_path: Path) -> Path:
    path = tmp_path / "results.sqlite"
    with Store(path) as store:
        store.add_scores(ScoreJob(name, ARCHITECTURE, SETTING).run() for name in NAMES)
    return path


def change(path: Path, assignment: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(f"UPDATE scores SET {assignment}")


def check(path: Path) -> None:
    with Store(path) as store:
        check_versions(store, SerialExecutor(), dict.fromkeys(NAMES, SETTING))


def test_a_score_row_says_the_version_of_its_proxy(scored: Path) -> None:
    with Store(scored) as store:
        frame = store.scores()
    assert dict(zip(frame.proxy, frame.version, strict=True)) == {name: proxies.version(name) for name in NAMES}


def test_scores_of_this_version_are_not_computed_again(scored: Path) -> None:
    change(scored, "value = 2 * value")
    check(scored)


@pytest.mark.parametrize("version", ["'0123456789ab'", "NULL"], ids=["another", "unknown"])
def test_scores_of_another_version_have_to_be_equal(
    scored: Path, version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change(scored, f"version = {version}")
    check(scored)
    assert "2/2" in capsys.readouterr().err
    change(scored, "value = 1.001 * value")
    with pytest.raises(UsageError, match="proxy 'zen' does not give the score that this study has"):
        check(scored)


def test_components_have_to_be_equal(scored: Path) -> None:
    change(scored, "version = NULL, components = CASE WHEN components IS NULL THEN NULL ELSE '[1.0]' END")
    with pytest.raises(UsageError, match=r"proxy 'az_nas'.* in place of 1 for Super"):
        check(scored)

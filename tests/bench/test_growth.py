"""A finished study takes further proxies and seeds, and measures only what is new."""

import io
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from helpers import rows, settings
from zsbench.bench.cli import main
from zsbench.proxies import registry
from zsbench.results import Store

MINE = """
from zsbench import proxy


@proxy("mine", needs="architecture", deterministic=True)
def mine(architecture, setting):
    return SIGN * architecture.layers
"""
FEW = (
    "search.evaluations=12", "train.epochs=1", "train.train_limit=64",
    "proxies=['entropy','random']", "correlation.repeats=1", "correlation.replicates=0", "train.seeds=[0]",
)  # fmt: skip


def zsbench(*arguments: str) -> SimpleNamespace:
    """The command line in this process, which then knows no more proxies than before."""
    with (
        pytest.MonkeyPatch.context() as patch,
        redirect_stdout(io.StringIO()) as out,
        redirect_stderr(io.StringIO()) as err,
    ):
        patch.setattr(sys, "argv", ["zsbench", *arguments])
        patch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
        with pytest.raises(SystemExit) as ended:
            main()
    return SimpleNamespace(returncode=ended.value.code, stdout=out.getvalue(), stderr=err.getvalue())


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("grows") / "quick"
    done = zsbench("run", "quick", "--out", str(folder), "--workers", "1", *settings(*FEW))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def study(finished: Path, tmp_path: Path) -> Path:
    """A copy of the finished study, to be changed."""
    return Path(shutil.copytree(finished, tmp_path / "quick"))


def run(folder: Path, *more: str, few: tuple[str, ...] = FEW):
    return zsbench("run", "quick", "--out", str(folder), "--workers", "1", *settings(*few), *more)


def proxies_of(folder: Path) -> list[str]:
    frame = pd.read_csv(folder / "report" / "table.csv")
    return frame[frame.kind == "proxy"].proxy.tolist()


def test_a_proxy_that_correlate_scored_has_its_row(study: Path) -> None:
    done = zsbench("correlate", "--space", "resnet", "--proxy", "jacob_cov", "--study", str(study), "--workers", "1")
    assert done.returncode == 0, done.stderr
    assert "jacob_cov: 5 architectures of resnet, protocol published, noise, batch" in done.stderr
    for again in (lambda: zsbench("report", str(study)), lambda: run(study)):
        assert again().returncode == 0
        assert proxies_of(study) == ["entropy", "random", "jacob_cov"]
        frame = pd.read_csv(study / "report" / "table.csv").set_index("proxy")
        assert frame.loc["jacob_cov", "winners"] == 0
        assert frame.loc["jacob_cov", "n_digits"] == 5


def test_only_what_is_new_is_measured(study: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(MINE.replace("SIGN", "1"))
    before = rows(study)
    done = run(study, "--import", str(mine))
    assert done.returncode == 0, done.stderr
    assert proxies_of(study) == ["entropy", "random", "mine"]
    after = rows(study)
    for name, kept in before.items():
        assert set(kept) <= set(after[name]), f"rows of {name} that were there stay"
    assert not [row for row in set(after["scores"]) - set(before["scores"]) if "'mine'" not in row]
    assert not [row for row in set(after["searches"]) - set(before["searches"]) if "'mine'" not in row]
    assert "mine" in (study / "study.toml").read_text()

    done = run(study)  # without the file: what is there stays
    assert done.returncode == 0, done.stderr
    assert "mine: not known here, so its rows stay as they are" in done.stderr
    assert proxies_of(study) == ["entropy", "random", "mine"]
    assert rows(study) == after

    mine.write_text(MINE.replace("SIGN", "-1"))
    done = run(study, "--import", str(mine))
    assert done.returncode == 2
    assert "proxy 'mine' has changed since this study scored it" in done.stderr
    assert rows(study) == after


def test_scores_that_correlate_kept_are_not_mixed_with_those_of_a_changed_file(study: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.py"
    mine.write_text(MINE.replace("SIGN", "1"))
    asked = ("--space", "resnet", "--proxy", "mine", "--import", str(mine), "--study", str(study), "--workers", "1")
    assert zsbench("correlate", *asked).returncode == 0
    mine.write_text(MINE.replace("SIGN", "-1"))
    settings_before = (study / "study.toml").read_text()
    done = run(study, "--import", str(mine))
    assert done.returncode == 2
    assert "proxy 'mine': the file has changed" in done.stderr
    assert (study / "study.toml").read_text() == settings_before, "what was refused does not stay in the settings"


def test_a_grown_study_equals_one_that_began_so(study: Path, tmp_path: Path) -> None:
    rest = [one for one in FEW if not one.startswith(("proxies", "correlation.repeats"))]
    more = ("proxies=['random','entropy','params']", "seeds=[1]", "correlation.repeats=2", *rest)
    done = run(study, few=more)
    assert done.returncode == 0, done.stderr
    at_once = ("proxies=['entropy','random','params']", "seeds=[0,1]", "correlation.repeats=2", *rest)
    whole = tmp_path / "whole"
    done = run(whole, few=at_once)
    assert done.returncode == 0, done.stderr
    assert rows(study) == rows(whole)
    assert (study / "study.toml").read_text() == (whole / "study.toml").read_text()


@pytest.mark.parametrize("setting", ["search.evaluations=25", "score.batch_size=5", "budget.params=300000"])
def test_what_changes_measured_values_stays_refused(finished: Path, setting: str) -> None:
    done = run(finished, "--set", setting)
    assert done.returncode == 2
    assert f"other settings ({setting.split('=')[0]} is" in done.stderr


def test_correlate_keeps_what_it_scored(tmp_path: Path) -> None:
    from random import Random

    from zsbench import space

    within = space.get("resnet")
    texts = [str(within.random(Random(seed))) for seed in range(8)]
    table = tmp_path / "truth.csv"
    table.write_text("\n".join(["architecture,accuracy", *(f'"{text}",{60 + i}' for i, text in enumerate(texts))]))
    out = tmp_path / "kept"
    asked = ("correlate", "--space", "resnet", "--table", str(table), "--workers", "1", "--json")
    plain = zsbench(*asked, "--proxy", "params")
    kept = zsbench(*asked, "--proxy", "params", "--out", str(out))
    assert kept.returncode == 0, kept.stderr
    assert kept.stdout == plain.stdout
    assert (out / "report" / "index.html").exists()
    assert zsbench(*asked, "--proxy", "flops", "--out", str(out)).returncode == 0
    assert pd.read_csv(out / "report" / "correlation.csv").proxy.tolist() == ["params", "flops"]
    with Store(out / "results.sqlite", read_only=True) as store:
        assert len(store.scores()) == 16

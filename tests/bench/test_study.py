import json
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import zsbench
from helpers import count, rows, settings, start, table, wait_until
from zsbench.results import Store

MY_PROXY = '''
from zsbench import proxy

@proxy("my_score", init="gaussian", residual=False, batch="noise", higher_is_better=True)
def my_score(network, batch):
    """Mean absolute response of the last feature map (formula, source, deviations from it)."""
    return network.features(batch.images).abs().mean().item()
'''
BROKEN = '''
from zsbench import proxy

@proxy("broken")
def broken(network, batch):
    """Always fails."""
    raise RuntimeError("out of luck")
'''


def kill(process: "subprocess.Popen[str]") -> None:
    """Kill a study with SIGKILL; it must not have ended before."""
    ended = process.poll()
    process.kill()
    process.wait()
    assert ended is None, "the study ended before it could be killed"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study, run by one worker."""
    folder = tmp_path_factory.mktemp("study")
    done = zsbench("run", "quick", "--out", folder, "--workers", "1", *settings())
    assert done.returncode == 0, done.stderr
    assert "| zen " in done.stdout
    assert done.stdout.rstrip().endswith(f"report: {folder / 'report' / 'index.html'}")
    return folder


@pytest.fixture(scope="module")
def users_own(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """A finished study with two proxies of a user's, one of which always raises: its report, and what it printed."""
    folder = tmp_path_factory.mktemp("own")
    for name, text in (("my_proxy", MY_PROXY), ("broken", BROKEN)):
        (folder / f"{name}.py").write_text(text)
    imports = ("--import", folder / "my_proxy.py", "--import", folder / "broken.py")
    done = zsbench(
        *("run", "quick", "--out", folder / "out", *imports, "--workers", "1"),
        *settings("proxies=['params']", "seeds=[0]"),
    )
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(report=folder / "out" / "report", stdout=done.stdout, stderr=done.stderr)


def test_the_folder_holds_what_it_should(undisturbed: Path) -> None:
    for name in ("study.toml", "results.sqlite", "environment.json", "checkpoints", "report/index.html"):
        assert (undisturbed / name).exists(), name
    for name in ("table.md", "table.csv", "table.tex", "correlation.csv"):
        assert (undisturbed / "report" / name).stat().st_size > 100
    plots = {path.name for path in (undisturbed / "report" / "plots").iterdir()}
    assert {f"{stem}.{kind}" for stem in ("search", "scatter_digits", "accuracy") for kind in ("png", "svg")} <= plots
    assert "evaluations = 16" in (undisturbed / "study.toml").read_text()
    (first,) = json.loads((undisturbed / "environment.json").read_text())
    assert {"packages", "device", "revision", "command"} <= first.keys()


def test_every_proxy_had_the_same_budget(undisturbed: Path) -> None:
    with Store(undisturbed / "results.sqlite", read_only=True) as store:
        searches, trainings, samples = store.searches(), store.trainings(), store.samples()
    assert len(searches) == 4 * 2
    assert set(searches.evaluations) == {16}
    assert (searches.params <= 30_000).all()
    assert set(trainings.status) == {"ok"}
    assert set(trainings.architecture) == set(searches.winner) | set(samples.architecture)
    assert len(samples) == 5


def test_two_workers_killed_in_a_search_and_started_again_measure_the_same(undisturbed: Path, tmp_path: Path) -> None:
    arguments = ("run", "quick", "--out", str(tmp_path), "--workers", "2", *settings())
    process = start(*arguments)
    try:
        wait_until(lambda: count(tmp_path, "scores") >= 4 or process.poll() is not None)
        second = zsbench(*arguments)
    finally:
        kill(process)
    assert (second.returncode, second.stderr.count("\n")) == (2, 1), "a folder is one process's"
    assert "in use by another zsbench process" in second.stderr
    assert count(tmp_path, "scores") > 0
    assert count(tmp_path, "trainings") == 0, "it was not killed in a search"
    done = zsbench(*arguments, drawn=False)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path) == rows(undisturbed)
    assert table(tmp_path) == table(undisturbed)


def test_a_finished_study_is_not_run_again(undisturbed: Path) -> None:
    before = rows(undisturbed)
    done = zsbench("run", "quick", "--out", undisturbed, "--workers", "1", *settings(), drawn=False)
    assert done.returncode == 0
    assert "search" not in done.stderr
    assert rows(undisturbed) == before


@pytest.mark.slow
def test_a_study_killed_in_search_and_in_training_ends_as_an_undisturbed_one(undisturbed: Path, tmp_path: Path) -> None:
    arguments = ("run", "quick", "--out", str(tmp_path), "--workers", "2", *settings())
    for condition in (
        lambda: count(tmp_path, "scores") >= 7,
        lambda: count(tmp_path, "searches") >= 5 and count(tmp_path, "scores") % 16 > 3,
        lambda: count(tmp_path, "trainings") >= 1,
        lambda: any((tmp_path / "checkpoints").glob("*.pt")) and count(tmp_path, "trainings") >= 3,
    ):
        process = start(*arguments)
        try:
            wait_until(lambda condition=condition, process=process: condition() or process.poll() is not None)
        finally:
            kill(process)
    done = zsbench(*arguments)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path) == rows(undisturbed)
    assert table(tmp_path) == table(undisturbed)


def test_a_user_proxy_appears_in_every_table_and_plot(users_own: SimpleNamespace) -> None:
    report = users_own.report
    for name in ("table.md", "table.csv", "correlation.csv", "index.html"):
        assert "my_score" in (report / name).read_text(), name
    assert r"my\_score" in (report / "table.tex").read_text()
    for name in ("scatter_digits", "search", "correlation", "accuracy"):
        assert "my_score" in (report / "plots" / f"{name}.svg").read_text(), name
    assert "my_score" in (report / "index.html").read_text()


def test_a_proxy_that_always_raises_is_a_status_and_the_study_goes_on(users_own: SimpleNamespace) -> None:
    assert "Traceback" not in users_own.stderr
    line = next(line for line in users_own.stdout.splitlines() if line.startswith("| broken"))
    assert "error 31" in line, "16 evaluations and 5 samples under three seeds"
    assert "RuntimeError: out of luck" in (users_own.report / "index.html").read_text()


def test_a_changed_proxy_file_is_noticed(tmp_path: Path) -> None:
    path, out = tmp_path / "my_proxy.py", tmp_path / "out"
    arguments = ("search", "--space", "resnet", "--proxy", "my_score", "--evaluations", "4", "--resolution", "16")
    arguments = (*arguments, "--out", str(out), "--import", str(path), "--workers", "1")
    path.write_text(MY_PROXY)
    assert zsbench(*arguments).returncode == 0
    path.write_text(MY_PROXY.replace("abs()", "square()"))
    done = zsbench(*arguments)
    assert done.returncode == 2
    assert "sources.my_score" in done.stderr


def test_other_settings_are_refused_in_a_study_folder(undisturbed: Path) -> None:
    done = zsbench("run", "quick", "--out", str(undisturbed), *settings("search.evaluations=25"))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "search.evaluations is 16, not 25" in done.stderr


def test_report_is_redrawn_from_stored_rows(undisturbed: Path) -> None:
    for path in (undisturbed / "report").glob("table.*"):
        path.unlink()
    done = zsbench("report", undisturbed, drawn=False)
    assert done.returncode == 0
    assert done.stdout == (undisturbed / "report" / "table.md").read_text()
    lines = zsbench("report", undisturbed, "--format", "json", drawn=False).stdout.splitlines()
    assert [json.loads(line)["proxy"] for line in lines] == ["zen", "entropy", "grad_norm_zen", "random"]


def test_what_cannot_be_written_is_one_line(undisturbed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(undisturbed, folder)
    shutil.rmtree(folder / "report")
    (folder / "report").write_text("in the way")
    done = zsbench("report", folder, drawn=False)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_correlate_over_a_study_gives_the_report_numbers(undisturbed: Path) -> None:
    done = zsbench(
        "correlate",
        "--space",
        "resnet",
        "--proxy",
        "zen,naswot_zen",
        "--workers",
        "1",
        "--study",
        undisturbed,
        "--json",
    )
    assert done.returncode == 0, done.stderr
    zen, naswot = map(json.loads, done.stdout.splitlines())
    stored = (undisturbed / "report" / "correlation.csv").read_text().splitlines()
    header, first = (line.split(",") for line in stored[:2])
    expected = dict(zip(header, first, strict=True))
    assert zen["proxy"] == expected["proxy"] == "zen"
    assert zen["tau"] == pytest.approx(float(expected["tau"]))
    assert zen["n"] == int(expected["n"]) == 5
    assert naswot["n"] == 5, "a proxy that the study lacks is scored on its sample"
    done = zsbench("correlate", "--space", "resnet", "--proxy", "zen", "--study", undisturbed, "--resolution", "32")
    assert done.returncode == 2
    assert "--resolution: a study has its own" in done.stderr

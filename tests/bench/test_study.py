import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import count, rows, settings, start, table, wait_until, zsbench
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


def kill_when(process: "subprocess.Popen[str]", condition: Callable[[], bool]) -> None:
    """Kill a study with SIGKILL as soon as a condition holds; it must not have ended before."""
    try:
        wait_until(lambda: condition() or process.poll() is not None)
        assert process.poll() is None, "the study ended before it could be killed"
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished study, run by one worker."""
    folder = tmp_path_factory.mktemp("study")
    done = zsbench("run", "quick", "--out", str(folder), "--workers", "1", *settings())
    assert done.returncode == 0, done.stderr
    assert "| zen " in done.stdout
    assert done.stdout.rstrip().endswith(f"report: {folder / 'report' / 'index.html'}")
    return folder


def test_the_folder_holds_what_it_should(undisturbed: Path) -> None:
    for name in ("study.toml", "results.sqlite", "environment.json", "checkpoints", "report/index.html"):
        assert (undisturbed / name).exists(), name
    for name in ("table.md", "table.csv", "table.tex", "correlation.csv"):
        assert (undisturbed / "report" / name).stat().st_size > 100
    plots = {path.name for path in (undisturbed / "report" / "plots").iterdir()}
    assert {
        f"{stem}.{kind}" for stem in ("search", "scatter_digits", "scatter_digits_zen") for kind in ("png", "svg")
    } <= plots
    assert "evaluations = 24" in (undisturbed / "study.toml").read_text()
    (first,) = json.loads((undisturbed / "environment.json").read_text())
    assert {"packages", "device", "revision", "command"} <= first.keys()


def test_every_proxy_had_the_same_budget(undisturbed: Path) -> None:
    with Store(undisturbed / "results.sqlite", read_only=True) as store:
        searches, trainings, samples = store.searches(), store.trainings(), store.samples()
    assert len(searches) == 4 * 2
    assert set(searches.evaluations) == {24}
    assert (searches.params <= 30_000).all()
    assert set(trainings.status) == {"ok"}
    assert set(trainings.architecture) == set(searches.winner) | set(samples.architecture)
    assert len(samples) == 5


def test_two_workers_killed_in_a_search_and_started_again_measure_the_same(undisturbed: Path, tmp_path: Path) -> None:
    arguments = ("run", "quick", "--out", str(tmp_path), "--workers", "2", *settings())
    kill_when(start(*arguments), lambda: count(tmp_path, "scores") >= 7)
    assert count(tmp_path, "trainings") == 0, "it was not killed in a search"
    done = zsbench(*arguments)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path) == rows(undisturbed)
    assert table(tmp_path) == table(undisturbed)


def test_a_finished_study_is_not_run_again(undisturbed: Path) -> None:
    before = rows(undisturbed)
    done = zsbench("run", "quick", "--out", str(undisturbed), "--workers", "1", *settings())
    assert done.returncode == 0
    assert "search" not in done.stderr
    assert rows(undisturbed) == before


@pytest.mark.slow
def test_a_study_killed_in_search_and_in_training_ends_as_an_undisturbed_one(undisturbed: Path, tmp_path: Path) -> None:
    arguments = ("run", "quick", "--out", str(tmp_path), "--workers", "2", *settings())
    for condition in (
        lambda: count(tmp_path, "scores") >= 7,
        lambda: count(tmp_path, "searches") >= 5 and count(tmp_path, "scores") % 24 > 3,
        lambda: count(tmp_path, "trainings") >= 1,
        lambda: any((tmp_path / "checkpoints").glob("*.pt")) and count(tmp_path, "trainings") >= 3,
    ):
        kill_when(start(*arguments), condition)
    done = zsbench(*arguments)
    assert done.returncode == 0, done.stderr
    assert rows(tmp_path) == rows(undisturbed)
    assert table(tmp_path) == table(undisturbed)


def test_a_user_proxy_appears_in_every_table_and_plot(tmp_path: Path) -> None:
    path, out = tmp_path / "my_proxy.py", tmp_path / "out"
    path.write_text(MY_PROXY)
    done = zsbench(
        *("run", "quick", "--out", str(out), "--import", str(path), "--workers", "2"),
        *settings("proxies=['params']", "seeds=[0]"),
    )
    assert done.returncode == 0, done.stderr
    report = out / "report"
    for name in ("table.md", "table.csv", "correlation.csv", "index.html"):
        assert "my_score" in (report / name).read_text(), name
    assert r"my\_score" in (report / "table.tex").read_text()
    for name in ("scatter_digits", "search", "correlation", "accuracy"):
        assert "my_score" in (report / "plots" / f"{name}.svg").read_text(), name
    assert (report / "plots" / "scatter_digits_my_score.png").exists()


def test_a_proxy_that_always_raises_is_a_status_and_the_study_goes_on(tmp_path: Path) -> None:
    path, out = tmp_path / "broken.py", tmp_path / "out"
    path.write_text(BROKEN)
    done = zsbench(
        *("run", "quick", "--out", str(out), "--import", str(path), "--workers", "1"),
        *settings("proxies=['params']", "seeds=[0]"),
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("| broken"))
    assert "error 39" in line, "24 evaluations and 5 samples under three seeds"
    assert "RuntimeError: out of luck" in (out / "report" / "index.html").read_text()


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
    assert "search.evaluations is 24, not 25" in done.stderr


def test_a_second_process_on_a_folder_is_refused(tmp_path: Path) -> None:
    arguments = ("run", "quick", "--out", str(tmp_path), "--workers", "1", *settings())
    first = start(*arguments)
    try:
        wait_until(lambda: count(tmp_path, "scores") > 0)
        second = zsbench(*arguments)
    finally:
        first.kill()
        first.wait()
    assert second.returncode == 2
    assert "in use by another zsbench process" in second.stderr
    assert second.stderr.count("\n") == 1


def test_report_is_redrawn_from_stored_rows(undisturbed: Path) -> None:
    for path in (undisturbed / "report").glob("table.*"):
        path.unlink()
    done = zsbench("report", str(undisturbed))
    assert done.returncode == 0
    assert done.stdout == (undisturbed / "report" / "table.md").read_text()
    lines = zsbench("report", str(undisturbed), "--format", "json").stdout.splitlines()
    assert [json.loads(line)["proxy"] for line in lines] == ["zen", "entropy", "te_nas_zen", "random"]


def test_what_cannot_be_written_is_one_line(undisturbed: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(undisturbed, folder)
    shutil.rmtree(folder / "report")
    (folder / "report").write_text("in the way")
    done = zsbench("report", str(folder))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert done.stderr.count("\n") == 1


def test_correlate_over_a_study_gives_the_report_numbers(undisturbed: Path) -> None:
    done = zsbench("correlate", "--space", "resnet", "--proxy", "zen,naswot_zen", "--study", str(undisturbed), "--json")
    assert done.returncode == 0, done.stderr
    zen, naswot = map(json.loads, done.stdout.splitlines())
    stored = (undisturbed / "report" / "correlation.csv").read_text().splitlines()
    header, first = (line.split(",") for line in stored[:2])
    expected = dict(zip(header, first, strict=True))
    assert zen["proxy"] == expected["proxy"] == "zen"
    assert zen["tau"] == pytest.approx(float(expected["tau"]))
    assert zen["n"] == int(expected["n"]) == 5
    assert naswot["n"] == 5, "a proxy that the study lacks is scored on its sample"
    done = zsbench(
        "correlate", "--space", "resnet", "--proxy", "zen", "--study", str(undisturbed), "--resolution", "32"
    )
    assert done.returncode == 2
    assert "--resolution: a study has its own" in done.stderr

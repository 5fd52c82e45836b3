"""A study without its database: its report is drawn from its rows, and it goes on from them."""

import json
import shutil
from pathlib import Path

import pytest
from conftest import zsbench
from helpers import rows, settings, table

SETTINGS = settings(
    "proxies=['zen','grad_norm_zen','params']",
    "search.evaluations=12",
    "search.population=6",
    "correlation.samples=4",
    "train.epochs=1",
    "train.train_limit=128",
)


def files(folder: Path, figures: bool = False) -> dict[str, bytes]:
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if figures or not name.startswith("plots/")}


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    run = zsbench("run", "quick", "--out", str(folder), "--workers", "1", *SETTINGS)
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture
def kept(done: Path, tmp_path: Path) -> Path:
    """The study as it is kept: settings and report, no database."""
    folder = tmp_path / "kept"
    folder.mkdir()
    shutil.copy(done / "study.toml", folder)
    shutil.copytree(done / "report", folder / "report")
    return folder


def remove(folder: Path, proxy: str) -> None:
    """Remove what was measured of one proxy, but for the trainings of its winners."""
    for path in (folder / "report" / "rows").glob("*.csv"):
        lines = path.read_text().splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.startswith(f"{proxy},")))


@pytest.mark.parametrize("place", ["report/rows", "rows"])
def test_the_report_from_rows_is_that_from_the_database(done: Path, kept: Path, place: str) -> None:
    figures = place == "rows"  # drawn once, as they take longest
    before = files(kept / "report", figures)
    (kept / "report").rename(kept / "old")
    (kept / place).parent.mkdir(exist_ok=True)
    (kept / "old" / "rows").rename(kept / place)
    drawn = zsbench("report", kept, drawn=figures)
    assert drawn.returncode == 0, drawn.stderr
    assert drawn.stdout == (done / "report" / "table.md").read_text()
    after = files(kept / "report", figures)
    wanted = before if place == "report/rows" else {n: c for n, c in before.items() if not n.startswith("rows/")}
    assert {"table.csv", "correlation.csv", "statistics.csv", "index.html"} < after.keys()
    assert after == wanted
    assert not (kept / "results.sqlite").exists()


def test_a_report_drawn_again_from_the_database_changes_nothing(done: Path) -> None:
    before = files(done / "report")
    assert zsbench("report", done, "--format", "json", drawn=False).returncode == 0
    assert files(done / "report") == before


def test_a_study_goes_on_from_its_rows_without_measuring_anything(done: Path, kept: Path) -> None:
    before = files(kept / "report" / "rows")
    run = zsbench("run", kept / "study.toml", "--out", kept, "--workers", "1", drawn=False)
    assert run.returncode == 0, run.stderr
    assert f"continuing from the rows in {kept / 'report' / 'rows'}" in run.stderr
    for stage in ("search", "score", "train"):
        assert stage not in run.stderr
    assert table(kept) == table(done)
    after = files(kept / "report" / "rows")
    assert {name for name in before if before[name] != after[name]} <= {"settings.csv"}  # the wall time


def test_only_a_proxy_whose_rows_are_gone_is_measured_again(done: Path, kept: Path) -> None:
    remove(kept, "zen")
    run = zsbench("run", kept / "study.toml", "--out", kept, "--workers", "1", drawn=False)
    assert run.returncode == 0, run.stderr
    assert "search zen, seed 0" in run.stderr
    assert "grad_norm_zen" not in run.stderr
    assert "train" not in run.stderr
    assert table(kept) == table(done)
    assert (kept / "report" / "table.md").read_text().count("\n") == (done / "report" / "table.md").read_text().count(
        "\n"
    )
    mine, whole = rows(kept), rows(done)
    assert {name: mine[name] for name in whole if name != "scores"} == {n: whole[n] for n in whole if n != "scores"}
    assert set(mine["scores"]) <= set(whole["scores"])  # of other proxies, those of searches are not kept


def test_what_is_damaged_is_one_line_and_no_database_is_left(kept: Path) -> None:
    path = kept / "report" / "rows" / "samples.csv"
    path.write_bytes(path.read_bytes()[:-9])
    for command in (["report", str(kept)], ["run", str(kept / "study.toml"), "--out", str(kept)]):
        run = zsbench(*command)
        assert run.returncode == 2
        assert f"{path}, line" in run.stderr
        assert run.stderr.count("\n") == 1
    assert not list(kept.glob("results.sqlite*"))


def test_rows_without_settings_are_not_written_over(kept: Path) -> None:
    (kept / "study.toml").unlink()
    run = zsbench("run", "quick", "--out", str(kept), *SETTINGS)
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
    assert "study.toml is missing" in run.stderr


def test_other_commands_read_rows_too(done: Path, kept: Path) -> None:
    asked = ("correlate", "--space", "resnet", "--proxy", "zen", "--json", "--workers", "1", "--study")
    one, other = zsbench(*asked, str(kept)), zsbench(*asked, str(done))
    assert one.returncode == 0, one.stderr
    assert json.loads(one.stdout) == json.loads(other.stdout)
    (kept / "results.sqlite").unlink()
    told = [zsbench("agreement", str(folder)).stderr for folder in (kept, done)]
    assert "no data set was trained on in two ways" in told[0]
    assert told[0] == told[1]


def test_a_database_of_another_version_names_the_rows(kept: Path) -> None:
    (kept / "results.sqlite").write_bytes(b"no database " * 1000)
    run = zsbench("report", str(kept))
    assert (run.returncode, run.stderr.count("\n")) == (2, 1)
    assert f"or remove it, to read {kept / 'report' / 'rows'} in its place" in run.stderr

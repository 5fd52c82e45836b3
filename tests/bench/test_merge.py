"""`merge`: the parts of a made-up study, as if several machines had measured them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import synthetic_study
from conftest import zsbench
from zsbench.bench import toml
from zsbench.bench.study import config
from zsbench.results import Store, facts, open_study, study_lock, write_rows
from zsbench.results.schema import TABLES

PROXIES = ["zen", "params", "entropy"]
SEARCH = {"strategies": ["evolution"], "evaluations": 1000, "population": 64}


def filled(folder: Path, whole: Store, proxies: list[str], seeds: list[int]) -> Path:
    """A study's folder with the rows of some proxies and search seeds."""
    folder.mkdir()
    study = config.load("quick", [f"proxies={proxies}", f"seeds={seeds}"])
    (folder / "study.toml").write_text(study.to_toml())
    (folder / "environment.json").write_text(json.dumps({"machine": folder.name}))
    with Store(folder / "results.sqlite") as store, store.filling() as add:
        for table in TABLES:
            searched = "strategy" in TABLES[table].columns
            for row in whole.each_row(table):
                if row.get("proxy", proxies[0]) in proxies and (not searched or row["seed"] in seeds):
                    add(table, row)
    with Store(folder / "results.sqlite") as store:
        facts.write(store, {facts.SEARCH: {**SEARCH, "seeds": seeds}})
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study in one piece."""
    folder = tmp_path_factory.mktemp("whole")
    with synthetic_study.build(folder / "store.sqlite", PROXIES, ["digits"], samples=6, seeds=3) as store:
        study = filled(folder / "study", store, PROXIES, [0, 1, 2])
    assert zsbench("report", study).returncode == 0
    return study


@pytest.fixture
def parts(whole: Path, tmp_path: Path) -> list[Path]:
    """Three machines: two share the seeds of two proxies, one has the third proxy."""
    with Store(whole / "results.sqlite", read_only=True) as store:
        return [
            filled(tmp_path / "a", store, PROXIES[:2], [0]),
            filled(tmp_path / "b", store, PROXIES[:2], [2, 1]),
            filled(tmp_path / "c", store, PROXIES[2:], [0, 1, 2]),
        ]


def only_rows(folder: Path) -> None:
    """Keep the rows in place of the database."""
    with Store(folder / "results.sqlite", read_only=True) as store:
        write_rows(store, folder / "rows")
    (folder / "results.sqlite").unlink()


def content(folder: Path) -> dict[str, list[str]]:
    with open_study(folder) as store:
        return {table: sorted(map(repr, store.each_row(table))) for table in TABLES}


@pytest.mark.parametrize("kind", ["databases", "rows", "grown"])
def test_the_parts_of_several_machines_make_the_whole(
    whole: Path, parts: list[Path], tmp_path: Path, kind: str
) -> None:
    out = tmp_path / "out"
    figures = kind == "databases"
    if kind == "rows":
        only_rows(parts[1])
        only_rows(parts[2])
    if kind == "grown":
        assert zsbench("merge", out, parts[0], drawn=False).returncode == 0
    done = zsbench("merge", out, *parts, drawn=figures)
    assert done.returncode == 0, done.stderr
    assert str(out / "report" / "index.html") in done.stdout
    settings = toml.read(out / "study.toml")
    assert (settings["proxies"], settings["seeds"]) == (PROXIES, [0, 2, 1])
    wanted, got = content(whole), content(out)
    for table in TABLES:
        if table != "settings":
            assert got[table] == wanted[table]
    with Store(out / "results.sqlite", read_only=True) as store:
        assert facts.read(store)[facts.SEARCH] == {**SEARCH, "seeds": [0, 2, 1]}
    for name in ("table.csv", "correlation.csv", "statistics.csv", *["plots/search.svg"] * figures):
        assert (out / "report" / name).read_bytes() == (whole / "report" / name).read_bytes()
    kept = sorted(out.glob("environment*.json"))
    assert {json.loads(path.read_text())["machine"] for path in kept} == {"a", "b", "c"}
    assert {path.name for path in kept} == {"environment.json", "environment.2.json", "environment.3.json"}
    assert json.loads((out / "environment.json").read_text())["machine"] == "a"


def refused(run: Callable, out: Path, *others: Path) -> str:
    code, told, errors = run("merge", str(out), *map(str, others))
    assert (code, told, errors.count("\n")) == (2, "", 1)
    return errors


def test_other_settings_are_refused_by_name(parts: list[Path], tmp_path: Path, run: Callable) -> None:
    path = parts[1] / "study.toml"
    path.write_text(path.read_text().replace("batch_size = 16", "batch_size = 32"))
    told = refused(run, tmp_path / "out", *parts)
    assert (
        f"{parts[1]}: measured under other settings (score.batch_size is 32, {parts[0]} has 16); only proxies" in told
    )
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("exists", [False, True])
def test_a_row_that_tells_something_else_leaves_everything_as_it_was(
    parts: list[Path], tmp_path: Path, run: Callable, exists: bool
) -> None:
    out = tmp_path / "out"
    if exists:
        shutil.copytree(parts[0], out)
    before = {path.name: path.read_bytes() for path in out.glob("*.*m*")}, content(parts[0])
    with Store(parts[1] / "results.sqlite") as store:
        text = store.samples().architecture[0]
        (row,) = (row for row in store.each_row("trainings") if row["architecture"] == text)
        store._connection.execute("UPDATE trainings SET accuracy = 12.5 WHERE architecture = ?", [text])
    told = refused(run, out, parts[2], parts[1])
    assert f"{parts[1]}: trainings (architecture {text}, dataset digits" in told
    assert f"accuracy is 12.5, not {row['accuracy']!r} as before" in told
    assert out.exists() == exists
    if exists:
        assert ({path.name: path.read_bytes() for path in out.glob("*.*m*")}, content(out)) == before


def test_proxies_of_one_machine_keep_the_digest_of_their_file(parts: list[Path], tmp_path: Path, run: Callable) -> None:
    for number, digest in ((1, "x"), (2, "y")):
        path = parts[number] / "study.toml"
        path.write_text(path.read_text().replace("[sources]", f'[sources]\nmine = "{digest}"'))
    told = refused(run, tmp_path / "out", *parts)
    assert f"sources.mine is 'y', {parts[0]} has 'x'" in told
    assert zsbench("merge", tmp_path / "out", *parts[:2], drawn=False).returncode == 0
    assert toml.read(tmp_path / "out" / "study.toml")["sources"] == {"mine": "x"}


def test_what_is_no_study_is_one_line(parts: list[Path], tmp_path: Path, run: Callable) -> None:
    assert "study.toml: No such file" in refused(run, tmp_path / "out", parts[0], tmp_path / "absent")
    assert "this is DIR itself" in refused(run, parts[0], parts[1], parts[0])
    (parts[1] / "results.sqlite").unlink()
    assert "no study here" in refused(run, tmp_path / "out", *parts)
    assert not (tmp_path / "out").exists()
    with Store(tmp_path / "results.sqlite"):
        assert "has a results.sqlite but no study.toml" in refused(run, tmp_path, parts[0])
    with study_lock(tmp_path / "out"):
        assert "in use by another zsbench process" in refused(run, tmp_path / "out", parts[0])
    (parts[2] / "study.toml").unlink()
    only_rows(parts[2])
    assert "study.toml is missing" in refused(run, parts[2], parts[0])

"""Every study that is kept is rebuilt from its rows."""

from pathlib import Path

import pytest
import synthetic_study
from zsbench import results
from zsbench.reports import draw_report, write_report
from zsbench.results import rows_folder

STUDIES = Path(results.__file__).parent / "studies"
FOLDERS = sorted(path.parent.name for path in STUDIES.glob("*/study.toml"))
LOST = {"nasbench201", "nasbench201-all"}  # studies of before rows were kept
UNFINISHED = {"cifar-table", "nasbench201-exact"}  # rows are kept as they are measured; tables come at the end
TABLES = ("table.csv", "correlation.csv", "statistics.csv")


def test_there_are_kept_studies_and_those_without_rows_are_named() -> None:
    assert FOLDERS
    assert set(FOLDERS) >= LOST, "a study that is gone has lost nothing: take its name out of LOST"
    assert {name for name in FOLDERS if rows_folder(STUDIES / name) is None} == LOST


def rebuild(folder: Path, place: Path) -> None:
    """Draw a study from its rows in `place` and compare every table with the kept one."""
    rows = rows_folder(folder)
    assert rows is not None, f"{folder.name} has no rows"
    draw_report(rows, place)
    for table in TABLES:
        assert (place / table).read_bytes() == (folder / "report" / table).read_bytes(), f"{folder.name}: {table}"


@pytest.mark.parametrize("name", [name for name in FOLDERS if name not in LOST | UNFINISHED])
def test_the_kept_tables_are_those_of_the_rows(name: str, tmp_path: Path) -> None:
    rebuild(STUDIES / name, tmp_path)


@pytest.mark.parametrize("name", sorted(UNFINISHED))
def test_an_unfinished_study_has_rows_to_go_on_from_and_no_tables(name: str) -> None:
    assert not (STUDIES / name / "report").exists(), "it has tables: take its name out of UNFINISHED"
    with results.open_study(STUDIES / name) as store:
        measured = [frame for frame in (store.scores(), store.trainings()) if len(frame)]
        assert measured
        assert all(frame["status"].eq("ok").mean() > 0.99 for frame in measured)
        owned = "\ntable = " in (STUDIES / name / "study.toml").read_text("utf-8")
        assert not owned or store.trainings().empty, "the accuracies of a table are its owner's"


def test_a_table_that_is_not_that_of_the_rows_is_noticed(tmp_path: Path) -> None:
    folder, again = tmp_path / "kept", tmp_path / "again"
    with synthetic_study.build(tmp_path / "s.sqlite", ["zen", "params"], ["cifar10"], 6, again=(1,)) as store:
        write_report(store, folder / "report")
    rebuild(folder, again)
    for table in TABLES:
        path = folder / "report" / table
        whole = path.read_bytes()
        path.write_bytes(whole.replace(b"zen", b"Zen"))
        with pytest.raises(AssertionError, match=table):
            rebuild(folder, again)
        path.write_bytes(whole)
    path = folder / "report" / "rows" / "trainings.csv"
    path.write_bytes(b"\n".join(path.read_bytes().split(b"\n")[:-2]) + b"\n")
    with pytest.raises(AssertionError, match=r"table\.csv|correlation\.csv"):
        rebuild(folder, again)

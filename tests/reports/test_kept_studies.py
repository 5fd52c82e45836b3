"""Every study that is kept is rebuilt from its rows."""

from pathlib import Path

import pytest

import results
from reports import draw_report
from results import rows_folder

STUDIES = Path(results.__file__).parent / "studies"
FOLDERS = sorted(path.parent.name for path in STUDIES.glob("*/study.toml"))
LOST = {"cifar-small", "nasbench201", "nasbench201-all"}  # studies of before rows were kept
TABLES = ("table.csv", "correlation.csv", "statistics.csv")


def test_there_are_kept_studies_and_those_without_rows_are_named() -> None:
    assert FOLDERS
    assert set(FOLDERS) >= LOST, "a study that is gone has lost nothing: take its name out of LOST"
    assert {name for name in FOLDERS if rows_folder(STUDIES / name) is None} == LOST


@pytest.mark.parametrize("name", [name for name in FOLDERS if name not in LOST])
def test_the_kept_tables_are_those_of_the_rows(name: str, tmp_path: Path) -> None:
    folder = STUDIES / name
    rows = rows_folder(folder)
    assert rows is not None
    draw_report(rows, tmp_path)
    for table in TABLES:
        assert (tmp_path / table).read_bytes() == (folder / "report" / table).read_bytes(), table

import pytest
import synthetic_study
from zsbench.results import Store, StoreError, open_study, rows_folder, write_rows


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    with synthetic_study.build(folder / "results.sqlite", ["zen"], ["cifar10"], samples=4) as store:
        write_rows(store, folder / "rows")
    return folder


def read(folder):
    with open_study(folder) as store:
        return store.trainings().sort_values("architecture").to_csv(index=False)


def test_a_study_is_read_from_its_database_or_from_its_rows(study):
    before = read(study)
    (study / "results.sqlite").unlink()
    assert rows_folder(study) == study / "rows"
    assert read(study) == before
    (study / "report").mkdir()
    (study / "rows").rename(study / "report" / "rows")
    assert rows_folder(study) == study / "report" / "rows"
    assert read(study) == before
    assert not (study / "results.sqlite").exists()


def test_rows_beside_the_report_come_first(study):
    (study / "results.sqlite").unlink()
    with Store(study / "s.sqlite") as store:
        store.add_samples([{"architecture": "A", "stratum": "random", "seed": 0}])
        write_rows(store, study / "report" / "rows")
    with open_study(study) as store:
        assert store.samples().architecture.tolist() == ["A"]


def test_a_folder_without_either_is_told(tmp_path):
    (tmp_path / "rows").mkdir()
    with pytest.raises(StoreError, match=r"no study here \(neither results.sqlite nor"), open_study(tmp_path):
        pass
    assert rows_folder(tmp_path) is None


def test_a_database_that_cannot_be_read_names_the_rows(study):
    (study / "results.sqlite").write_bytes(b"no database" * 500)
    with pytest.raises(StoreError, match=r"not a zsbench store.*or remove it, to read .*rows in its place"):
        read(study)
    for path in (study / "rows").iterdir():
        path.unlink()
    with pytest.raises(StoreError, match=r"not a zsbench store: [^;]*$"):
        read(study)

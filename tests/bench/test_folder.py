import sqlite3
from pathlib import Path

import synthetic_study
from zsbench.bench.study import config
from zsbench.bench.study.folder import open_folder
from zsbench.results import Store, write_rows


def test_a_log_left_of_a_deleted_database_does_not_reach_the_one_made_of_rows(tmp_path: Path) -> None:
    folder, database = tmp_path / "study", tmp_path / "study" / "results.sqlite"
    study = config.load("quick", ["proxies=['zen']"])
    with open_folder(folder, study):
        pass
    with synthetic_study.build(tmp_path / "s.sqlite", ["zen"], ["digits"], samples=4) as store:
        write_rows(store, folder / "rows")
        wanted = store.trainings().sort_values("architecture").to_csv(index=False)
    reader = sqlite3.connect(database)  # holds the log back
    reader.execute("SELECT * FROM settings").fetchall()
    with Store(database) as other:
        other.set_settings({f"key {number}": "x" * 4000 for number in range(50)})
    log = database.with_name("results.sqlite-wal")
    content = log.read_bytes()
    assert len(content) > 100_000
    reader.close()
    database.unlink()
    log.write_bytes(content)
    with open_folder(folder, study) as opened:
        assert opened.store.trainings().sort_values("architecture").to_csv(index=False) == wanted
        assert opened.store.settings(key="key 1").empty
        assert opened.store._read("PRAGMA integrity_check") == [("ok",)]
    assert not list(folder.glob("*.partial*"))

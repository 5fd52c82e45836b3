import math
import sqlite3
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from zsbench.results import Store, StoreError, study_lock
from zsbench.results.schema import TABLES, VERSION

ROOT = Path(__file__).parents[2]
SCORE = {
    "proxy": "zen",
    "protocol": "published",
    "space": "resnet",
    "architecture": "A",
    "seed": 0,
    "value": 0.1 + 0.2,
    "status": "ok",
    "seconds": 0.5,
    "params": np.int64(31234),
    "resolution": 32,
    "batch_size": 64,
    "num_classes": 10,
    "device": "cpu",
    "data": "noise",
}
KNOWN = {column: SCORE[column] for column in TABLES["scores"].key if column != "architecture"}
SEARCH = {
    "proxy": "zen",
    "protocol": "published",
    "space": "resnet",
    "strategy": "evolution",
    "seed": 0,
    "status": "done",
    "winner": "A",
    "value": 1.0,
    "rejected": {"params": 3},
}
TRAINING = {
    "architecture": "A",
    "dataset": "digits",
    "resolution": 16,
    "train_images": 1297,
    "recipe": "r",
    "epochs": 2,
    "seed": 0,
    "accuracy": 90.0,
    "status": "ok",
    "source": "trained",
}


@pytest.fixture
def store(tmp_path):
    with Store(tmp_path / "results.sqlite") as opened:
        yield opened


def test_empty_frames_have_the_declared_columns_and_types(store):
    for name, table in TABLES.items():
        frame = getattr(store, name)()
        assert list(frame.columns) == list(table.columns)
        assert all(frame[column].dtype == table.dtype(column) for column in table.columns)


def test_rows_survive_reopening_exactly(store):
    store.add_score(SCORE)
    store.close()
    with Store(store.path, read_only=True) as again:
        row = again.scores().iloc[0]
    assert row["value"] == 0.1 + 0.2
    assert row["params"] == 31234
    assert row["layers"] is pd.NA
    assert row["reason"] is None


def test_adding_twice_is_ignored_and_keeps_the_first(store):
    for value in (1.0, 2.0):
        store.add_score({**SCORE, "value": value})
        store.add_search({**SEARCH, "value": value}, [{"evaluation": int(value), "value": value, "architecture": "A"}])
        store.add_training({**TRAINING, "accuracy": value}, [{"epoch": int(value), "loss": 0.5}])
    assert store.scores()["value"].tolist() == [1.0]
    assert store.searches()["value"].tolist() == [1.0]
    assert store.curves()["evaluation"].tolist() == [1]
    assert store.epochs()["epoch"].tolist() == [1]
    assert store.epochs()["epochs"].tolist() == [2]


def test_an_error_makes_way_for_a_later_attempt_and_nothing_else_does(store):
    failed = {**TRAINING, "accuracy": None, "status": "error", "reason": "out of memory"}
    other = {**failed, "seed": 1}
    store.add_training(other, [{"epoch": 1, "loss": 7.0}])
    store.add_training(failed, [{"epoch": 1, "loss": 9.0}])
    store.add_training({**failed, "reason": "again"})
    assert store.trainings(seed=0).reason.tolist() == ["again"]
    assert store.epochs().seed.tolist() == [1]
    store.add_training(TRAINING, [{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.4}])
    store.add_training(failed)
    assert store.trainings(seed=0).status.tolist() == ["ok"]
    assert store.epochs(seed=0).loss.tolist() == [0.5, 0.4]
    assert store.trainings(seed=1).status.tolist() == ["error"]


@pytest.mark.parametrize("column", ["seed", "resolution", "batch_size", "num_classes", "data", "device", "protocol"])
def test_scores_under_other_settings_are_other_rows(store, column):
    other = "other" if isinstance(SCORE[column], str) else 7
    store.add_scores([SCORE, {**SCORE, column: other, "value": 5.0}])
    assert len(store.scores()) == 2
    assert store.known_score("A", **KNOWN)["value"] == SCORE["value"]
    assert store.known_score("A", **{**KNOWN, column: other})["value"] == 5.0


def test_a_known_score_is_a_plain_row(store):
    store.add_scores([{**SCORE, "architecture": name} for name in "AB"])
    known = store.known_score("A", **KNOWN)
    assert list(known) == list(TABLES["scores"].columns)
    assert type(known["params"]) is int
    assert store.known_score("C", **KNOWN) is None
    assert store.known_score("A", **{**KNOWN, "proxy": "other"}) is None


def test_scored_architectures_are_those_under_exactly_these_settings(store):
    store.add_scores([{**SCORE, "architecture": name} for name in "AB"])
    assert store.scored(**KNOWN) == {"A", "B"}
    assert store.count_scores(**KNOWN) == 2
    other = {**KNOWN, "proxy": "other"}
    assert (store.scored(**other), store.count_scores(**other)) == (set(), 0)
    lacking = {column: value for column, value in KNOWN.items() if column != "device"}
    for ask in (store.scored, store.count_scores, lambda **settings: store.known_score("A", **settings)):
        with pytest.raises(TypeError, match="device"):
            ask(**lacking)


@pytest.mark.parametrize("status", ["error", "nan", "inf", "timeout"])
def test_a_failed_score_has_no_value(store, status):
    store.add_score({**SCORE, "status": status, "value": math.inf, "reason": "why"})
    assert math.isnan(store.scores()["value"][0])
    assert store.score_statuses().values.tolist() == [["zen", status, 1, "why"]]


@pytest.mark.parametrize(
    "wrong",
    [{"status": "fine"}, {"value": None}, {"value": math.nan}, {"seed": None}, {"typo": 1}],
    ids=["status", "ok-without-value", "ok-with-nan", "no-key", "unknown-column"],
)
def test_rows_that_break_the_schema_are_refused_whole(store, wrong):
    with pytest.raises(StoreError) as caught:
        store.add_scores([{**SCORE, "architecture": "B"}, {**SCORE, **wrong}])
    assert "\n" not in str(caught.value)
    assert store.scores().empty


def test_a_search_and_its_curve_are_one_transaction(store):
    with pytest.raises(StoreError):
        store.add_search(SEARCH, [{"evaluation": 1, "value": 1.0}, {"evaluation": None, "value": 1.0}])
    assert store.searches().empty
    assert store.curves().empty
    store.add_search(SEARCH, [{"evaluation": 1, "value": 1.0, "architecture": "A"}])
    assert store.searches()["rejected"].tolist() == ['{"params": 3}']


def test_frames_can_be_narrowed(store):
    store.add_scores([{**SCORE, "seed": seed} for seed in range(3)])
    assert store.scores(seed=np.int64(1), proxy="zen")["seed"].tolist() == [1]
    assert store.scores(layers=None).shape[0] == 3
    with pytest.raises(StoreError, match="no column typo"):
        store.scores(typo=1)


def test_only_sampled_architectures_in_sample_scores(store):
    store.add_samples([{"architecture": "A", "stratum": "random", "seed": 0}])
    store.add_scores([SCORE, {**SCORE, "architecture": "B"}])
    assert store.sample_scores()["architecture"].tolist() == ["A"]


def test_settings_are_overwritten(store):
    store.set_settings({"name": "first", "seconds": 1.5})
    store.set_setting("name", "second")
    assert dict(store.settings().values.tolist()) == {"name": "second", "seconds": "1.5"}


def test_proxies_keep_their_order_and_flags(store):
    rows = [{"proxy": name, "higher_is_better": name == "z", "deterministic": True} for name in "zab"]
    store.add_proxies(rows)
    assert store.proxies()["proxy"].tolist() == ["z", "a", "b"]
    assert store.proxies()["higher_is_better"].tolist() == [True, False, False]


def test_a_list_of_all_proxies_gives_their_order_and_others_come_last(store):
    def add(names, summary):
        rows = [{"proxy": name, "higher_is_better": True, "deterministic": True, "summary": summary} for name in names]
        store.add_proxies(rows)
        return store.proxies()["proxy"].tolist()

    assert add("zb", "first") == ["z", "b"]
    assert add("ab", "second") == ["z", "b", "a"]
    assert add("bazc", "third") == ["b", "a", "z", "c"]
    assert store.proxies()["summary"].tolist() == ["first", "second", "first", "third"]


def test_half_a_character_is_kept_as_its_escape(store):
    store.add_score({**SCORE, "status": "error", "reason": "name \udc80\ud83d ü"})
    store.set_setting("command", "\udcff")
    assert store.scores()["reason"].tolist() == [r"name \udc80\ud83d ü"]
    assert store.settings()["value"].tolist() == [r"\udcff"]


def test_filling_is_one_transaction_and_tells_new_keys(store):
    with store.filling() as add:
        assert add("samples", {"architecture": "A", "stratum": "random", "seed": 0})
        assert not add("samples", {"architecture": "A", "stratum": "random", "seed": 1})
    assert store.row("samples", {"architecture": "A", "stratum": "random"})["seed"] == 0
    assert store.row("samples", {"architecture": "A", "stratum": "top"}) is None
    with pytest.raises(StoreError, match="NOT NULL"), store.filling() as add:
        [add("samples", {"architecture": name, "stratum": "random", "seed": 0}) for name in ("B", None)]
    assert store.samples()["architecture"].tolist() == ["A"]


def test_a_snapshot_does_not_see_what_is_added_meanwhile(store):
    store.add_score(SCORE)
    with Store(store.path, read_only=True) as reader:
        with reader.snapshot():
            assert len(reader.scores()) == 1
            store.add_score({**SCORE, "seed": 1})
            assert len(reader.scores()) == 1
        assert [row["seed"] for row in reader.each_row("scores")] == [0, 1]


def test_write_ahead_log_and_version(store):
    connection = sqlite3.connect(store.path)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    connection.close()


def test_a_reader_sees_what_a_writer_has_added(store):
    with Store(store.path, read_only=True) as reader:
        store.add_score(SCORE)
        assert len(reader.scores()) == 1
        with pytest.raises(StoreError, match="readonly"):
            reader.add_score({**SCORE, "seed": 1})


@pytest.mark.parametrize("read_only", [False, True])
def test_what_is_no_store_is_refused_in_one_line(tmp_path, read_only):
    text = tmp_path / "text"
    text.write_text("this is no database at all, only some words\n" * 50)
    foreign, newer = tmp_path / "foreign", tmp_path / "newer"
    for path, statement in ((foreign, "CREATE TABLE t (x)"), (newer, f"PRAGMA user_version = {VERSION + 1}")):
        connection = sqlite3.connect(path)
        connection.execute(statement)
        connection.commit()
        connection.close()
    for path in (text, foreign, newer, tmp_path / "no" / "folder", tmp_path):
        with pytest.raises(StoreError) as caught:
            Store(path, read_only=read_only)
        assert "\n" not in str(caught.value)
        assert str(path) in str(caught.value)


def test_reading_a_missing_store_does_not_create_it(tmp_path):
    with pytest.raises(StoreError):
        Store(tmp_path / "absent", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_locked_against_other_processes(tmp_path):
    attempt = [
        sys.executable,
        "-c",
        "import sys; from zsbench.results.lock import study_lock\nwith study_lock(sys.argv[1]): print('held')",
        str(tmp_path / "study"),
    ]
    with study_lock(tmp_path / "study"):
        with pytest.raises(StoreError, match=r"in use by another zsbench process \(pid \d+\)"):
            study_lock(tmp_path / "study").__enter__()
        refused = subprocess.run(attempt, cwd=ROOT, capture_output=True, text=True, check=False)
        assert "is in use by another zsbench process" in refused.stderr
    assert subprocess.run(attempt, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "held\n"


def test_trainings_on_other_images_are_other_rows(store):
    for resolution, images in ((16, 1297), (8, 1297), (16, 300)):
        store.add_training({**TRAINING, "resolution": resolution, "train_images": images})
    assert len(store.trainings()) == 3


def test_a_database_damaged_in_its_middle_is_refused_when_read(tmp_path):
    path = tmp_path / "results.sqlite"
    with Store(path) as store:
        store.add_scores({**SCORE, "architecture": f"A{number}" * 50} for number in range(500))
    content = bytearray(path.read_bytes())
    half = len(content) // 2  # past the schema, which may fill several pages
    content[half:] = b"\xa5" * (len(content) - half)
    path.write_bytes(content)
    with Store(path, read_only=True) as store, pytest.raises(StoreError, match="cannot be read"):
        store.scores()

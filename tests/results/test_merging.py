import pytest
import synthetic_study
from zsbench.results import Store, StoreError, merge_rows
from zsbench.results.schema import TABLES


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("merging") / "results.sqlite"
    with synthetic_study.build(path, ["zen", "params"], ["cifar10"], samples=5, broken=True, again=(1,)) as store:
        yield store


def part(study, path, wanted, change=lambda table, row: row):
    """A store of the rows that are wanted, changed."""
    store = Store(path)
    with store.filling() as add:
        for table in TABLES:
            for row in study.each_row(table):
                if wanted(table, row):
                    add(table, change(table, dict(row)))
    return store


def bring(store, *parts):
    with store.filling() as add:
        for number, one in enumerate(parts):
            merge_rows(store, add, one, f"part {number}")


def merged(path, *parts):
    store = Store(path)
    bring(store, *parts)
    return store


def content(store):
    return {table: sorted(map(repr, store.each_row(table))) for table in TABLES}


def test_parts_together_are_the_whole(study, tmp_path):
    one = part(study, tmp_path / "1", lambda _, row: row.get("proxy") != "params")
    other = part(study, tmp_path / "2", lambda _, row: row.get("proxy") in (None, "params"))
    with one, other, merged(tmp_path / "m", one, other, other, one) as store:
        assert content(store) == content(study)
        assert store.samples().equals(study.samples())


def slower(table, row):
    times = {name: 2 * row[name] for name in ("seconds", "images_per_second") if row.get(name) is not None}
    return {**row, **times}


def test_the_first_times_and_reasons_stand(study, tmp_path):
    def told(table, row):
        return {**slower(table, row), **({"reason": "said otherwise"} if row.get("reason") else {})}

    with part(study, tmp_path / "1", lambda *_: True, told) as other, merged(tmp_path / "m", study, other) as store:
        assert content(other) != content(study)
        assert content(store) == content(study)


@pytest.mark.parametrize(
    ("table", "column", "value", "message"),
    [
        ("scores", "value", 1.5, "value is 1.5, not "),
        ("scores", "params", 7, "params is 7, not "),
        ("trainings", "accuracy", 99.0, "accuracy is 99.0, not "),
        ("searches", "winner", "W", "winner is 'W', not "),
        ("curves", "architecture", "W", "architecture is 'W', not "),
        ("samples", "layers", 1, "layers is 1, not 12 as before"),
        ("proxies", "higher_is_better", 0, "higher_is_better is 0, not 1 as before"),
    ],
)
def test_another_value_of_the_same_key_is_refused_by_name(study, tmp_path, table, column, value, message):
    def change(name, row):
        wanted = name == table and row[column] is not None
        return {**row, column: value} if wanted else row

    with part(study, tmp_path / "1", lambda *_: True, change) as other, Store(tmp_path / "m") as store:
        with pytest.raises(StoreError) as caught:
            bring(store, study, other)
        assert str(caught.value).startswith(f"part 1: {table} (")
        assert message in str(caught.value)
        assert "\n" not in str(caught.value)
        assert not store.measured


def test_a_failed_training_makes_way_for_a_good_one_whichever_comes_first(study, tmp_path):
    def failed(table, row):
        if table == "epochs":
            return {**row, "loss": 9.0}
        return {**row, "status": "error", "accuracy": None} if table == "trainings" else row

    with part(study, tmp_path / "1", lambda *_: True, failed) as bad:
        for number, order in enumerate([(study, bad), (bad, study)]):
            with merged(tmp_path / f"m{number}", *order) as store:
                assert content(store) == content(study)


def test_scores_of_two_devices_and_other_digests_are_refused(study, tmp_path):
    def elsewhere(table, row):
        return {**row, "device": "cuda"} if table == "scores" and row["proxy"] == "zen" else row

    told = r"part 1: scores of zen were measured on other devices \('cpu' and 'cuda'\)"
    other = part(study, tmp_path / "1", lambda *_: True, elsewhere)
    with other, Store(tmp_path / "m") as store, pytest.raises(StoreError, match=told):
        bring(store, study, other)
    with Store(tmp_path / "a") as one, Store(tmp_path / "b") as two:
        one.set_settings({"environment.table_sha256": "x", "environment.torch": "1"})
        two.set_settings({"environment.torch": "2", "wall_seconds": 3})
        bring(one, two)
        assert dict(one.settings().values.tolist())["environment.torch"] == "1"
        two.set_setting("environment.table_sha256", "y")
        with pytest.raises(StoreError, match=r"part 0: .*environment.table_sha256 is 'y', not 'x'"):
            bring(one, two)

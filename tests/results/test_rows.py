import io
import lzma
import math
import random

import pandas as pd
import pytest
import synthetic_study
from zsbench.results import Store, StoreError, comparison, failures, read_rows, write_rows
from zsbench.results.rows import open_rows
from zsbench.results.schema import LISTED, TABLES

REASONS = ["two\nlines", "nul\0", "=1+1", '"quoted", and\r\n', "half \ud83d of one", "", "\\e", "ü😀"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    with synthetic_study.build(
        folder / "results.sqlite", ["zen", "te_nas_zen"], ["cifar10"], 6, broken=True, relative=True, again=(1,)
    ) as store:
        extra(store)
        yield store


def extra(store):
    """What searches leave, failures of every kind, and a measurement."""
    store.add_scores(synthetic_study.score_row("zen", f"searched {n}", 1.0, 7) for n in range(50))
    for number, reason in enumerate(REASONS):
        status = ("error", "nan", "inf", "timeout")[number % 4]
        store.add_score(synthetic_study.score_row("zen", f"F{number}", None, 7, status=status, reason=reason))
    setting = {"resolution": 32, "batch_size": 64, "precision": "float32", "device": "cpu", "status": "ok"}
    told = {"predicted": 1e-300, "measured": 0.1, "spread": math.inf}
    store.add_measurement(
        {"architecture": "A", "quantity": "latency_ms", "role": "sample", "drift": None, **told, **setting}
    )
    store.set_setting("description", "")


def files(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def everything(store):
    return {name: list(store.each_kept(name)) for name in TABLES}


def test_rows_come_back_exactly_and_give_the_same_files(study, tmp_path):
    write_rows(study, tmp_path / "first")
    assert {"scores.csv", "searches.csv", "trainings.csv", "samples.csv"} <= files(tmp_path / "first").keys()
    with Store(tmp_path / "again.sqlite") as again:
        read_rows(tmp_path / "first", again)
        assert everything(again) == everything(study)
        assert again.settings(key="description").value.tolist() == [""]
        write_rows(again, tmp_path / "second")
    assert files(tmp_path / "first") == files(tmp_path / "second")


def test_frames_of_the_rows_are_those_of_the_database(study, tmp_path):
    write_rows(study, tmp_path)
    with open_rows(tmp_path) as again:
        frames = [(failures(again), failures(study)), *zip(comparison(again), comparison(study), strict=True)]
        for kept, measured in frames:
            assert kept.to_csv() == measured.to_csv()


def test_scores_kept_are_those_of_samples_and_winners_and_failures(study, tmp_path):
    write_rows(study, tmp_path)
    with open_rows(tmp_path) as again:
        kept = again.scores()
    whole = study.scores()
    named = {*study.samples().architecture, *study.searches().winner.dropna()}
    wanted = whole[whole.architecture.isin(named) | (whole.status != "ok")]
    assert len(wanted) < len(whole)
    key = list(TABLES["scores"].key)
    assert kept.sort_values(key).to_csv(index=False) == wanted.sort_values(key).to_csv(index=False)
    assert kept[kept.architecture.str.startswith("F")].reason.tolist()[4] == r"half \ud83d of one"


def test_the_order_of_measuring_does_not_show(study, tmp_path):
    rng = random.Random(3)
    with Store(tmp_path / "shuffled.sqlite") as shuffled, shuffled.filling() as add:
        for name in TABLES:
            rows = list(study.each_row(name))
            if name not in LISTED and name != "settings":
                rng.shuffle(rows)
            for row in rows:
                assert add(name, row)
    with Store(tmp_path / "shuffled.sqlite", read_only=True) as shuffled:
        write_rows(shuffled, tmp_path / "shuffled")
    write_rows(study, tmp_path / "straight")
    assert files(tmp_path / "shuffled") == files(tmp_path / "straight")


def test_proxies_come_in_the_order_of_the_study(study, tmp_path):
    write_rows(study, tmp_path)
    order = list(study.proxies().proxy)
    assert order != sorted(order)
    with open_rows(tmp_path) as again:
        assert list(again.searches().proxy.unique()) == order
        assert list(again.samples().architecture) == list(study.samples().architecture)


def test_a_large_table_is_compressed_and_a_file_of_before_is_gone(tmp_path):
    with Store(tmp_path / "s.sqlite") as store:
        store.add_samples([{"architecture": "A", "stratum": "random", "seed": 0}])
        write_rows(store, tmp_path / "rows")
        assert files(tmp_path / "rows").keys() == {"samples.csv"}
        store.add_samples({"architecture": f"{n:0200d}", "stratum": "random", "seed": 0} for n in range(6000))
        write_rows(store, tmp_path / "rows")
        packed = files(tmp_path / "rows")
        assert packed.keys() == {"samples.csv.xz"}
        assert len(lzma.decompress(packed["samples.csv.xz"])) > 1_000_000
        for damaged in (packed["samples.csv.xz"], b"damaged", lzma.compress(b"other")):
            (tmp_path / "rows" / "samples.csv.xz").write_bytes(damaged)
            write_rows(store, tmp_path / "rows")
            assert files(tmp_path / "rows") == packed
        with open_rows(tmp_path / "rows") as again:
            assert len(again.samples()) == 6001
    with Store(tmp_path / "empty.sqlite") as store:
        write_rows(store, tmp_path / "rows")
        assert files(tmp_path / "rows") == {}
        read_rows(tmp_path / "rows", store)
        assert not store.measured


def edited(folder, study, name, change):
    write_rows(study, folder)
    path = folder / name
    path.write_bytes(change(path.read_bytes()))
    return path


def test_a_column_that_is_lacking_is_missing_and_one_that_is_unknown_is_left_out(study, tmp_path):
    def change(content):
        frame = pd.read_csv(io.BytesIO(content))
        return frame.drop(columns="layers").assign(later="new").to_csv(index=False).encode()

    edited(tmp_path, study, "samples.csv", change)
    with open_rows(tmp_path) as again:
        assert again.samples().layers.isna().all()
        assert again.samples().params.tolist() == study.samples().params.tolist()


def test_details_of_a_search_that_is_not_there_are_left_out(study, tmp_path):
    edited(tmp_path, study, "searches.csv", lambda content: drop(content, b"zen,"))
    edited(tmp_path / "other", study, "trainings.csv", lambda content: content.split(b"\n")[0] + b"\n")
    with open_rows(tmp_path) as again:
        assert set(again.searches().proxy) == {"te_nas_zen", synthetic_study.BROKEN, synthetic_study.RELATIVE}
        assert set(again.curves().proxy) == {"te_nas_zen"}
        assert len(again.epochs()) == len(study.epochs()) > 0
    with open_rows(tmp_path / "other") as again:
        assert len(again.trainings()) == len(again.epochs()) == 0


def drop(content, start):
    return b"".join(line for line in content.splitlines(keepends=True) if not line.startswith(start))


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        ("samples.csv", lambda c: c[:-1], "line 7: the file ends within a line"),
        ("samples.csv", lambda c: b"", "line 1: the file is empty"),
        ("samples.csv", lambda c: c + b"A\n", "line 8: 1 cells, where the first line names 6"),
        ("samples.csv", lambda c: c + b"\n", "line 8: 0 cells"),
        ("samples.csv", lambda c: c + c.split(b"\n")[1] + b"\n", "line 8: a row of this key is there already"),
        ("samples.csv", lambda c: c.replace(b"architecture", b"name", 1), "line 1: no column architecture"),
        ("samples.csv", lambda c: c.replace(b"macs", b"params", 1), "line 1: a column is named twice"),
        ("samples.csv", lambda c: c.replace(b",12\n", b",twelve\n", 1), "line 2: layers is 'twelve', which is no integer"),
        ("samples.csv", lambda c: c.replace(b'"Super', b'"x"Super', 1), "line 2: ',' expected after"),
        ("samples.csv", lambda c: c + b'"never closed\n', "line 8: unexpected end of data"),
        ("samples.csv", lambda c: c + b"\xff\xfe\n", "line 8: no UTF-8 text"),
        ("scores.csv", lambda c: c.replace(b",ok,", b",fine,", 1), "line 10: CHECK constraint failed"),
        ("proxies.csv", lambda c: c.replace(b"true", b"yes", 1), "line 2: higher_is_better is 'yes'"),
        ("scores.csv", lambda c: c.replace(b",ok,", b",nan,", 1), "line 10: CHECK constraint failed"),
        ("searches.csv", lambda c: c.replace(b'""ok""', b"ok", 1), "line 2: statuses is"),
    ],
)  # fmt: skip
def test_what_is_damaged_is_told_with_file_and_line_and_nothing_is_added(study, tmp_path, name, change, told):
    path = edited(tmp_path / "rows", study, name, change)
    with Store(tmp_path / "s.sqlite") as store:
        with pytest.raises(StoreError) as caught:
            read_rows(tmp_path / "rows", store)
        assert str(caught.value).startswith(f"{path}, {told}")
        assert "\n" not in str(caught.value)
        assert not store.measured
        assert store.proxies().empty


def test_damaged_compression_two_files_and_no_folder_are_told(study, tmp_path):
    write_rows(study, tmp_path / "rows")
    packed = tmp_path / "rows" / "samples.csv.xz"
    whole = lzma.compress((tmp_path / "rows" / "samples.csv").read_bytes())
    packed.write_bytes(whole)
    with Store(tmp_path / "s.sqlite") as store:
        with pytest.raises(StoreError, match=r"samples.csv: there is samples.csv.xz too"):
            read_rows(tmp_path / "rows", store)
        (tmp_path / "rows" / "samples.csv").unlink()
        for content in (whole[:-20], b"no xz"):
            packed.write_bytes(content)
            with pytest.raises(StoreError, match=r"samples.csv.xz: damaged"):
                read_rows(tmp_path / "rows", store)
        with pytest.raises(StoreError, match="no folder of rows"):
            read_rows(tmp_path / "absent", store)


def test_a_cell_may_be_longer_than_the_csv_module_likes(study, tmp_path):
    with Store(tmp_path / "s.sqlite") as store:
        store.set_setting("long", "x" * 200_000)
        write_rows(store, tmp_path / "rows")
    with open_rows(tmp_path / "rows") as again:
        assert len(again.settings().value[0]) == 200_000

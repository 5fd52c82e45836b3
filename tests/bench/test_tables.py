import json
from pathlib import Path

import pandas as pd
import pytest
from conftest import SHARED
from zsbench import space
from zsbench.bench.errors import UsageError
from zsbench.bench.tabular.architectures import read_architectures
from zsbench.bench.tabular.lookup import accuracy_rows
from zsbench.bench.tabular.tables import read_table
from zsbench.search import Budget

CELLS = space.get("nasbench201")
A = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|"
B = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"


def written(folder: Path, text: str, name: str = "t.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_one_column_a_data_set(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "index,architecture,cifar10,imagenet16_120,isomorphism_class,note\n"
        f"0,{A},91.5,40.25,7,x\n1,{B},10.0,,8,y\n2,{A},92.5,40.75,7,z\n",
    )
    assert read_table(path, CELLS).values.tolist() == [
        [A, "cifar10", 92.0],
        [B, "cifar10", 10.0],
        [A, "imagenet16_120", 40.5],
    ]
    assert read_table(path, CELLS, ["index"]).accuracy.tolist() == [1.0, 1.0]  # A twice: (0 + 2) / 2


def test_one_row_a_data_set(tmp_path: Path) -> None:
    path = written(tmp_path, f"architecture,dataset,accuracy,params\n{A},cifar10,90,3\n{A},cifar100,70,3\n")
    assert read_table(path, CELLS).values.tolist() == [[A, "cifar10", 90.0], [A, "cifar100", 70.0]]
    alone = written(tmp_path, f"architecture,accuracy\n{A},90\n", "mine.csv")
    assert read_table(alone, CELLS).values.tolist() == [[A, "mine", 90.0]]


def test_macro_tables_lack_leading_zeros_and_name_things_their_way(tmp_path: Path) -> None:
    path = written(tmp_path, "arch,test_acc_seeds,mean_acc,std,params,flops\n2012100,89 88,88.5,0.1,890666,47327744\n")
    within = space.get("nasbench_macro")
    assert read_table(path, within).values.tolist() == [["02012100", "cifar10", 88.5]]
    assert read_table(path, within, ["mean_acc"]).values.tolist() == [["02012100", "cifar10", 88.5]]
    # By name, any number will do.
    assert read_table(path, within, ["params"]).values.tolist() == [["02012100", "params", 890666.0]]


def test_macro_tables_as_they_are_published(tmp_path: Path) -> None:
    entry = '{"test_acc": [89.0, 88.0, 88.5], "mean_acc": 88.5, "std": 0.1, "params": 890666, "flops": 47327744}'
    path = written(tmp_path, f'{{"02012100": {entry}, "00000000": {entry}}}', "nas-bench-macro_cifar10.json")
    expected = [["02012100", "cifar10", 88.5], ["00000000", "cifar10", 88.5]]
    assert read_table(path, space.get("nasbench_macro")).values.tolist() == expected


def test_numbers_of_json_may_be_text_and_what_looks_like_one_none(tmp_path: Path) -> None:
    entries = {"02012100": {"mean_acc": "88.5", "hash": "0123"}, "00000000": {"mean_acc": "70", "hash": "ab"}}
    path = written(tmp_path, json.dumps({**entries, "11111111": {"mean_acc": "80", "hash": "cd"}}), "t.json")
    expected = [["02012100", "cifar10", 88.5], ["00000000", "cifar10", 70.0], ["11111111", "cifar10", 80.0]]
    assert read_table(path, space.get("nasbench_macro")).values.tolist() == expected


@pytest.mark.parametrize("text", ["", "[1, 2]", '{"02012100": 3}', "{}"])
def test_json_that_is_no_table_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(UsageError) as error:
        read_table(written(tmp_path, text, "a.json"), CELLS)
    assert "a.json: no" in str(error.value)
    assert "\n" not in str(error.value)


def test_columns_may_be_chosen_beside_one_called_accuracy(tmp_path: Path) -> None:
    path = written(tmp_path, f"architecture,accuracy,synflow\n{A},90,123.5\n")
    assert read_table(path, CELLS, ["synflow"]).values.tolist() == [[A, "synflow", 123.5]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("thing,accuracy\nx,1\n", "no column 'architecture'; there are: thing, accuracy"),
        (f"architecture,note\n{A},good\n", "no column 'accuracy', and no numeric column"),
        (f"architecture,accuracy\n{A},good\n", "column 'accuracy' is not numeric: it holds 'good'"),
        (
            f"architecture,cifar10,cifar100\n{A},90,70\n{A},90,70\n{B},9o,7\n",
            "column 'cifar10' holds '9o' among numbers",
        ),
        (f"architecture,accuracy\n{A},\n", "no row has an accuracy"),
        (f"architecture,cifar10,points\n{A},90,4321\n", "column 'points' has values outside 0 to 100"),
        (f"architecture,accuracy\n{A},inf\n", "column 'accuracy' has values outside 0 to 100"),
        ("architecture,accuracy\n|foo~0|,1\n", "architecture '|foo~0|': expected three nodes"),
        ("", "not a CSV table: "),
    ],
)
def test_what_is_no_table_is_refused_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(UsageError) as error:
        read_table(written(tmp_path, text), CELLS)
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_or_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"absent\.csv: No such file"):
        read_table(tmp_path / "absent.csv", CELLS)
    path = written(tmp_path, f"architecture,cifar10\n{A},90\n")
    with pytest.raises(UsageError, match="no column 'cifar99'; there are: architecture, cifar10"):
        read_table(path, CELLS, ["cifar99"])
    with pytest.raises(UsageError, match=r"absent\.txt"):
        read_architectures(tmp_path / "absent.txt", CELLS)


def test_architectures_come_as_lines_or_as_a_column(tmp_path: Path) -> None:
    assert read_architectures(written(tmp_path, f"{A}\n\n {B}\n{A}\n"), CELLS) == [A, B]
    assert read_architectures(written(tmp_path, f"n,architecture\n1,{B}\n2,{A}\n"), CELLS) == [B, A]
    with pytest.raises(UsageError, match="no architectures"):
        read_architectures(written(tmp_path, "\n"), CELLS)
    with pytest.raises(UsageError, match="'Foo'"):
        read_architectures(written(tmp_path, "Foo\n"), CELLS)


def test_rows_of_what_the_table_lacks_say_so() -> None:
    table = pd.DataFrame({"architecture": [A], "dataset": ["cifar10"], "accuracy": [91.5]})
    found, lacking = accuracy_rows(table, [A, B], CELLS, Budget(num_classes=10))
    cost = space.cost(space.parse(A), 32, 10)
    assert (found["accuracy"], found["status"], found["source"]) == (91.5, "ok", "nasbench201")
    assert (found["params"], found["macs"]) == (cost.params, cost.macs)
    assert (lacking["accuracy"], lacking["status"]) == (None, "error")
    assert "no such row" in lacking["reason"]


@pytest.mark.skipif(not (SHARED / "data").exists(), reason="the published tables are not here (set ZSBENCH_SHARED)")
def test_the_published_tables_are_read() -> None:
    table = read_table(SHARED / "data" / "nasbench201" / "accuracy.csv", CELLS)
    best = table.groupby("dataset").accuracy.max().round(2).to_dict()
    assert best == {"cifar10": 94.37, "cifar100": 73.51, "imagenet16_120": 47.31}
    assert table.groupby("dataset").size().tolist() == [15_625] * 3
    macro = read_table(SHARED / "data" / "nasbench_macro" / "accuracy.csv", space.get("nasbench_macro"))
    assert len(macro) == macro.architecture.nunique() == 3**8

"""Tables as other people write them: each kind with neighbours."""

import json
from pathlib import Path

import pytest
from zsbench import space
from zsbench.bench.errors import UsageError
from zsbench.bench.tabular.architectures import read_architectures
from zsbench.bench.tabular.scores import read_scores
from zsbench.bench.tabular.tables import read_table

CELLS = space.get("nasbench201")
A = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|avg_pool_3x3~2|"
B = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
WANTED = [[A, "cifar10", 91.5], [B, "cifar10", 10.0]]


def written(folder: Path, text: str | bytes, name: str = "t.csv") -> Path:
    (folder / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return folder / name


def refused(path: Path, *columns: str, **options: bool) -> str:
    with pytest.raises(UsageError) as error:
        read_table(path, CELLS, columns, **options)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    "header", ["architecture,dataset,val_accuracy", "Arch,Data Set,Top1", "arch_str,dataset,valid"]
)
def test_a_long_form_is_one_data_set_for_each_value(tmp_path: Path, header: str) -> None:
    path = written(tmp_path, f"{header}\n{A},cifar10,94\n{A},cifar100,72\n{B},cifar10,90\n")
    assert read_table(path, CELLS).values.tolist() == [
        [A, "cifar10", 94.0],
        [A, "cifar100", 72.0],
        [B, "cifar10", 90.0],
    ]


def test_a_long_form_of_two_columns_names_both(tmp_path: Path) -> None:
    path = written(tmp_path, f"architecture,dataset,val_acc,test_acc,synflow\n{A},cifar10,94,93,7\n{A},svhn,72,71,8\n")
    found = read_table(path, CELLS)
    assert list(found.dataset) == ["cifar10 val_acc", "svhn val_acc", "cifar10 test_acc", "svhn test_acc"]
    assert list(read_table(path, CELLS, ["test_acc"]).dataset) == ["cifar10", "svhn"]
    assert list(read_table(path, CELLS, first=True).accuracy) == [94.0, 72.0]


def test_rows_that_differ_in_more_than_a_seed_are_not_averaged(tmp_path: Path) -> None:
    seeds = written(tmp_path, f"architecture,dataset,seed,acc\n{A},cifar10,0,94\n{A},cifar10,1,96\n")
    assert read_table(seeds, CELLS).accuracy.tolist() == [95.0]
    epochs = written(tmp_path, f"architecture,dataset,epochs,acc\n{A},cifar10,12,84\n{A},cifar10,200,94\n")
    assert "differ in 'epochs' (12, 200)" in refused(epochs)


@pytest.mark.parametrize(
    "text",
    [
        f",architecture,cifar10\n0,{A},91.5\n1,{B},10\n",  # a frame of pandas with its index
        f"architecture,cifar10,\n{A},91.5,\n{B},10,\n",  # a comma at the end of each line
        f",cifar10\n{A},91.5\n{B},10\n",  # architectures are the index
        f"\ufeffArchitecture,cifar10\n{A},91.5\n{B},10\n",
        f"# a comment, with a comma\narch,cifar10\n\n{A},91.5\n# another\n{B},10\n\n",
        f"# arch,cifar10\n{A},91.5\n{B},10\n",  # as numpy.savetxt writes a header
        f" arch_str , cifar10 \n\"{A}\", 91.5 \n'{B}', 10 \n",
        f"cell;cifar10\n{A};91,5\n{B};10\n",  # a spreadsheet in much of Europe
        f"genotype\tcifar10\n{A}\t91.5 %\n{B}\t10%\n",
        f"architecture,cifar10\nStructure(4 nodes with {A}),91.5\n{B},10\n",
        'architecture,cifar10\n"(2, 1, 1, 0, 1, 4)",91.5\n"(1, 1, 0, 1, 1, 1)",10\n',  # NASLib
    ],
)
def test_spellings_of_a_table(tmp_path: Path, text: str) -> None:
    assert read_table(written(tmp_path, text), CELLS).values.tolist() == WANTED


def test_encodings_of_a_table(tmp_path: Path) -> None:
    text = f"architecture\tcifar10\n{A}\t91.5\n{B}\t10\n"
    assert read_table(written(tmp_path, text.encode("utf-16")), CELLS).values.tolist() == WANTED
    latin = written(tmp_path, f"architecture,cifar10,note\n{A},91.5,20 °C\n".encode("latin-1"))
    assert "not UTF-8 text" in refused(latin)


def test_cells_by_index_only_where_the_space_has_indices(tmp_path: Path) -> None:
    path = written(tmp_path, "index,cifar10\n9,91.5\n")
    nine = "|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
    assert read_table(path, CELLS).architecture.tolist() == [nine]
    with pytest.raises(UsageError, match="no column 'architecture'"):
        read_table(path, space.get("nasbench_macro"))


def test_json_of_naslib_and_of_records(tmp_path: Path) -> None:
    inner = {"val_accuracy": 91.5, "synflow": {"score": 7.0, "time": 0.1}}
    path = written(tmp_path, json.dumps({"cifar10": {"(2, 1, 1, 0, 1, 4)": inner}}), "zc.json")
    assert read_table(path, CELLS).values.tolist() == [[A, "cifar10", 91.5]]
    assert read_scores(path, CELLS).values.tolist() == [[A, "synflow", 7.0]]
    records = written(tmp_path, json.dumps([{"arch": [2, 1, 1, 0, 1, 4], "cifar10": 91.5}]), "r.json")
    assert read_table(records, CELLS).values.tolist() == [[A, "cifar10", 91.5]]


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_files_nested_deeply_or_ragged_are_refused_in_one_line(tmp_path: Path, kind: str) -> None:
    text = {"json": "[" * 100_000, "csv": f"architecture,cifar10\n\n# x\n{A},91.5,3\n"}[kind]
    assert {"json": "nested too deeply", "csv": "line 4 has 3 cells"}[kind] in refused(
        written(tmp_path, text, f"t.{kind}")
    )


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    assert "two columns are called 'cifar10'" in refused(written(tmp_path, f"arch,cifar10,cifar10\n{A},1,2\n"))


def test_what_is_no_accuracy_is_passed_over_and_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, f"arch,latency_ms,cifar10,flowers,val_loss,pixel3,zen\n{A},5,91.5,80,1,3,50\n")
    assert read_table(path, CELLS).dataset.tolist() == ["cifar10", "flowers"]
    told = capfd.readouterr().err
    assert "taken for accuracies in percent: flowers; passed over: latency_ms, val_loss, pixel3, zen" in told
    assert read_table(path, CELLS, ["latency_ms"]).values.tolist() == [[A, "latency_ms", 5.0]]  # by name, any number
    assert "'latency_ms' holds no accuracies, by its name" in refused(path, "latency_ms", any_number=False)
    alone = written(tmp_path, f"arch,edgegpu_latency\n{A},5\n")
    assert "these hold none, by their names: edgegpu_latency" in refused(alone)


def test_fractions_become_percent_and_it_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, f"arch,cifar10,cifar100\n{A},0.5184000000000001,52\n{B},1,0.9\n")
    assert read_table(path, CELLS).accuracy.tolist() == [51.84, 100.0, 52.0, 0.9]
    assert "column 'cifar10': values from 0 to 1 are fractions" in capfd.readouterr().err
    long = written(tmp_path, f"arch,dataset,acc\n{A},cifar10,0.94\n{A},cifar100,52\n", "long.csv")
    assert read_table(long, CELLS).accuracy.tolist() == [94.0, 52.0]
    assert read_table(path, CELLS, ["cifar10"]).accuracy.tolist() == [51.84, 100.0]
    latency = written(tmp_path, f"arch,latency\n{A},0.5\n")
    assert read_table(latency, CELLS, ["latency"]).accuracy.tolist() == [0.5]


def test_a_mixture_of_fractions_and_percent_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path, f"arch,cifar10\n{A},0.94\n{B},0.91\n9,93.5\n")
    assert "mixes values up to 1 with others up to 93.5" in refused(path)


@pytest.mark.parametrize("name", ["architecture", "dataset"])
def test_a_key_is_no_column_of_accuracies(tmp_path: Path, name: str) -> None:
    path = written(tmp_path, f"architecture,dataset,acc\n{A},cifar10,90\n")
    assert f"column {name!r} is that of the {name}s" in refused(path, name)


def test_scores_that_somebody_has(tmp_path: Path) -> None:
    path = written(tmp_path, f"arch,seed,test_acc,ours,their synflow,time_ours\n{A},0,90,1,5e30,3\n{B},0,80,2,-1,3\n")
    assert read_scores(path, CELLS).values.tolist() == [
        [A, "ours", 1.0],
        [B, "ours", 2.0],
        [A, "their synflow", 5e30],
        [B, "their synflow", -1.0],
    ]
    kept = written(tmp_path, f"proxy,architecture,seed,value,seconds\nzen,{A},0,1,9\nzen,{A},1,3,9\nsnip,{B},0,4,9\n")
    assert read_scores(kept, CELLS).values.tolist() == [[A, "zen", 2.0], [B, "snip", 4.0]]
    with pytest.raises(UsageError, match="no column of numbers for a proxy"):
        read_scores(written(tmp_path, f"arch,test_acc\n{A},90\n"), CELLS)


def test_lists_of_architectures(tmp_path: Path) -> None:
    path = written(tmp_path, f"\ufeff# winners\n{A}\n\n'{B}'\n(2, 1, 1, 0, 1, 4)\n", "archs.txt")
    assert read_architectures(path, CELLS) == [A, B]
    assert read_architectures(written(tmp_path, f"\ufeffArch_Str,n\n{A},1\n"), CELLS) == [A]

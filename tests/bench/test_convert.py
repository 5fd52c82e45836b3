"""`convert`: a miniature of NATS-Bench, written with the package's own classes in the layout of the official files."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

import pandas as pd
import pytest

CELLS = [
    "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|",
    "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
    "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|",
]
SETS = {  # what a network trained on the images of this name was evaluated on
    "cifar10-valid": ("x-valid", "ori-test"),
    "cifar10": ("ori-test",),
    "cifar100": ("ori-test", "x-valid", "x-test"),
    "ImageNet16-120": ("ori-test", "x-valid", "x-test"),
}
COLUMNS = {"cifar10": ("cifar10", "ori-test"), "cifar100": ("cifar100", "x-test")} | {
    "imagenet16_120": ("ImageNet16-120", "x-test")
}


def seeds(cell: int, dataset: str) -> tuple[int, ...]:
    """Two, and once a third: the original has not the same number everywhere either."""
    return (777, 888, 999) if (cell, dataset) == (1, "cifar100") else (777, 888)


def accuracy(cell: int, epochs: int, dataset: str, part: str, seed: int, epoch: int) -> float:
    """A number for each measurement, no two of them equal."""
    place = 10 * list(SETS).index(dataset) + 3 * SETS[dataset].index(part) + 100 / 7 * cell
    return place + epochs / 100 + seed / 1000 + epoch / 1000


def results(cell: int, epochs: int) -> dict[str, Any]:
    """All trainings of a cell of this length, as the files hold them."""
    from nats_bench import ArchResults, ResultsCount

    architecture = ArchResults(cell, CELLS[cell])
    steps = range(epochs)
    for dataset, parts in SETS.items():
        for seed in seeds(cell, dataset):
            config = {"channel": 16, "num_cells": 5, "arch_str": CELLS[cell], "class_num": 10}
            run = ResultsCount(
                dataset,
                None,
                dict.fromkeys(steps, 99.0),
                dict.fromkeys(steps, 0.1),
                0.3,
                40.0,
                config,
                seed,
                epochs,
                None,
            )
            run.reset_pseudo_train_times(10.0)
            for part in parts:
                # Of the long trainings, the original holds the last epoch alone but for the first of these parts.
                known = steps if part == parts[0] or epochs == 12 else steps[-1:]
                accuracies = {epoch: accuracy(cell, epochs, dataset, part, seed, epoch) for epoch in known}
                run.update_OLD_eval(part, accuracies, dict.fromkeys(known, 0.5))
                run.reset_pseudo_eval_times(part, 1.0)
            architecture.update(dataset, seed, run)
    return architecture.state_dict()


@pytest.fixture
def everything() -> dict[str, Any]:
    pytest.importorskip("nats_bench")
    infos = {cell: {str(epochs): results(cell, epochs) for epochs in (12, 200)} for cell in range(len(CELLS))}
    return {"meta_archs": CELLS, "total_archs": 3, "arch2infos": infos, "evaluated_indexes": set(infos)}


@pytest.fixture
def folder(everything: dict[str, Any], tmp_path: Path) -> Path:
    from nats_bench import pickle_save

    path = tmp_path / "NATS-tss-v1_0-3ffb9-simple"
    path.mkdir()
    pickle_save({**everything, "arch2infos": None, "evaluated_indexes": set()}, path / "meta.pickle")
    for cell, infos in everything["arch2infos"].items():
        pickle_save(infos, path / f"{cell:06d}.pickle")
    return path


@pytest.fixture
def convert(run: Callable[..., tuple[int, str, str]]) -> Callable[..., tuple[int, str, str]]:
    """Run the command: exit code, stdout, stderr."""
    return partial(run, "convert")


def expected(epochs: int) -> pd.DataFrame:
    """The means, computed without the package."""
    rows = []
    for cell, text in enumerate(CELLS):
        row: dict[str, Any] = {"index": cell, "architecture": text}
        for column, (dataset, part) in COLUMNS.items():
            values = [accuracy(cell, epochs, dataset, part, seed, epochs - 1) for seed in seeds(cell, dataset)]
            row[column] = round(mean(values), 4)
        rows.append(row)
    return pd.DataFrame(rows)


@pytest.mark.parametrize("epochs", [200, 12])
def test_a_folder_becomes_the_means_over_seeds(convert, folder: Path, tmp_path: Path, epochs: int) -> None:
    out = tmp_path / "made" / "table.csv"
    code, printed, err = convert("nats-bench", folder, "--out", out, "--epochs", epochs)
    assert (code, printed) == (0, f"{out}\n"), err
    assert "3/3" in err
    pd.testing.assert_frame_equal(pd.read_csv(out), expected(epochs))
    assert [path.name for path in out.parent.iterdir()] == ["table.csv"]


def test_a_file_gives_what_the_folder_gives(convert, folder: Path, everything: dict[str, Any], tmp_path: Path) -> None:
    from nats_bench import pickle_save

    pickle_save(everything, tmp_path / "NATS-tss-v1_0-3ffb9.pickle")
    tables = [tmp_path / "file.csv", tmp_path / "folder.csv"]
    for source, table in zip([tmp_path / "NATS-tss-v1_0-3ffb9.pickle.pbz2", folder], tables, strict=True):
        code, _, err = convert("nats-bench", source, "--out", table)
        assert code == 0, err
    assert tables[0].read_bytes() == tables[1].read_bytes()


def test_a_table_is_never_overwritten(convert, folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "table.csv"
    out.write_text("mine")
    code, printed, err = convert("nats-bench", folder, "--out", out)
    assert (code, printed) == (2, "")
    assert err == f"zsbench: --out {out}: exists; choose another name, or remove it\n"
    assert out.read_text() == "mine"


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "000001.pickle.pbz2").unlink(), "cell 1 has no test accuracies after 200 epochs"),
        (lambda folder: (folder / "000002.pickle.pbz2").write_bytes(b"BZh9"), "cell 2 has no test accuracies"),
        (lambda folder: (folder / "meta.pickle.pbz2").write_text("no"), "not the topology search space of NATS-Bench"),
        (lambda folder: (folder / "meta.pickle.pbz2").unlink(), "meta.pickle.pbz2 is missing"),
    ],
)
def test_a_damaged_folder_gets_one_line_and_leaves_no_table(
    convert, folder: Path, tmp_path: Path, damage, message
) -> None:
    damage(folder)
    code, printed, err = convert("nats-bench", folder, "--out", tmp_path / "table.csv")
    assert (code, printed) == (2, "")
    assert message in err
    assert str(folder) in err
    assert len(err.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda infos, archs: infos[0].pop("200"), "cell 0 has no test accuracies after 200 epochs (KeyError: '200')"),
        (lambda infos, archs: infos[0]["200"]["dataset_seed"].pop("cifar10"), "cell 0 has no test accuracies"),
        (
            lambda infos, archs: infos[2]["200"]["all_results"]["cifar100", 777]["eval_acc1es"].pop("x-test@199"),
            "cell 2 has no test accuracies after 200 epochs (KeyError: 'test-accuracy')",
        ),
        (
            lambda infos, archs: infos[1]["200"]["all_results"]["cifar10", 888]["eval_acc1es"].update(
                {"ori-test@199": float("nan")}
            ),
            "cifar10: nan is not a percentage",
        ),
        (lambda infos, archs: archs.__setitem__(1, "8:8:8:8:8"), "cell 1 has no valid text (ValueError: a cell string"),
    ],
)
def test_a_damaged_cell_gets_one_line(convert, everything, tmp_path: Path, change, message: str) -> None:
    from nats_bench import pickle_save

    archs = list(CELLS)
    change(everything["arch2infos"], archs)
    pickle_save({**everything, "meta_archs": archs}, tmp_path / "all.pickle")
    code, printed, err = convert("nats-bench", tmp_path / "all.pickle.pbz2", "--out", tmp_path / "table.csv")
    assert (code, printed) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "table.csv").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("nats PATH --out OUT", "'nats' is not one of 'nats-bench'"),
        ("nats-bench PATH --out OUT --epochs 100", "--epochs 100: choose 200 or 12"),
        ("nats-bench PATH", "--out"),
    ],
)
def test_wrong_usage_gets_one_line(convert, tmp_path: Path, arguments: str, message: str) -> None:
    words = arguments.replace("PATH", str(tmp_path)).replace("OUT", str(tmp_path / "table.csv")).split()
    code, printed, err = convert(*words)
    assert (code, printed) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "message"),
    [("absent", "no such file or folder"), ("a.tar", "unpack a .tar file first"), ("a.pbz2", "not the topology")],
)
def test_what_is_no_benchmark_gets_one_line(convert, tmp_path: Path, name: str, message: str) -> None:
    pytest.importorskip("nats_bench")
    if name != "absent":
        (tmp_path / name).write_text("nothing of the kind")
    code, printed, err = convert("nats-bench", tmp_path / name, "--out", tmp_path / "table.csv")
    assert (code, printed) == (2, "")
    assert str(tmp_path / name) in err
    assert message in err
    assert len(err.splitlines()) == 1


def test_a_missing_package_is_named(convert, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "nats_bench", None)  # an import of it fails
    code, _, err = convert("nats-bench", tmp_path, "--out", tmp_path / "table.csv")
    assert code == 2
    assert err == "zsbench: the package nats_bench is missing; install it: pip install -e '.[nats]'\n"

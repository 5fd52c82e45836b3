"""Tabular benchmarks: accuracies that others measured, read from CSV or from JSON (as NAS-Bench-Macro ships them)."""

import json
from collections.abc import Hashable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ...search import Budget
from ...space import Space
from ..errors import UsageError, one_line
from ..rows import size_columns

ARCHITECTURE_COLUMNS = ("architecture", "arch")  # of the column with the architectures
COLUMNS = ["architecture", "dataset", "accuracy"]
# The name of the accuracy column in NAS-Bench-Macro, and the data set that it was measured on.
KNOWN_ACCURACIES = {"mean_acc": "cifar10"}
# Columns of published tables that hold numbers, but no accuracies.
NOT_ACCURACIES = {"index", "isomorphism_class", "params", "macs", "flops", "std", "seed", "epochs", "n_seeds"}


def read_table(path: str | Path, within: Space[Any], columns: Sequence[str] = (), first: bool = False) -> pd.DataFrame:
    """Read the accuracies of a file as rows `architecture, dataset, accuracy`, architectures in their normal form.

    The file is a CSV, or JSON (by its name) with one object of columns for each architecture. It has a column
    `architecture` (or `arch`), and either `accuracy` with an optional `dataset`, or one column per data set. The latter
    are those named in `columns`, or else all numeric columns that are not known to be something else; with `first`,
    only the first one. If an architecture occurs twice, it gets its mean.

    Raises UsageError with the file and the column.
    """
    frame = _read(path)
    name = next((name for name in ARCHITECTURE_COLUMNS if name in frame), None)
    if name is None:
        raise UsageError(f"table {path}: no column 'architecture'; there are: {', '.join(map(str, frame.columns))}")
    frame = frame.rename(columns={name: "architecture"} | KNOWN_ACCURACIES)
    normal = {text: _normalise(text, path, within) for text in frame.architecture.unique()}
    frame["architecture"] = frame.architecture.map(normal)
    long = _to_long(frame, path, columns, first).dropna(subset="accuracy")
    if long.empty:
        raise UsageError(f"table {path}: no row has an accuracy")
    return long.groupby(COLUMNS[:2], as_index=False, sort=False)["accuracy"].mean()


def _read(path: str | Path) -> pd.DataFrame:
    kind = "JSON" if Path(path).suffix == ".json" else "CSV"
    try:
        if kind == "JSON":
            entries = json.loads(Path(path).read_bytes()).items()
            return _convert_numbers(pd.DataFrame([{"architecture": name, **columns} for name, columns in entries]))
        # Architectures are text, even if they have eight digits only.
        return pd.read_csv(path, dtype=dict.fromkeys(ARCHITECTURE_COLUMNS, str))
    except OSError as error:
        raise UsageError(f"table {path}: {error.strerror or error}") from None
    except (ValueError, AttributeError, TypeError) as error:  # the last two: JSON with another content
        raise UsageError(f"table {path}: not a {kind} table: {one_line(error)}") from None


def _normalise(text: object, path: str | Path, within: Space[Any]) -> str:
    try:
        return str(within.parse(str(text)))
    except ValueError as error:
        raise UsageError(f"table {path}: architecture {str(text)[:60]!r}: {error}") from None


def _to_long(frame: pd.DataFrame, path: str | Path, columns: Sequence[str], first: bool) -> pd.DataFrame:
    """One row for each architecture and data set."""
    if "accuracy" in frame and not columns:
        if "dataset" not in frame:
            frame["dataset"] = Path(path).stem
        names = ["accuracy"]
        long = frame[COLUMNS].copy()
    else:
        if not columns:
            _refuse_mixed(frame, path)
        numeric = [str(c) for c in frame.select_dtypes("number").columns if c not in NOT_ACCURACIES]
        names = [KNOWN_ACCURACIES.get(name, name) for name in columns] or numeric[: 1 if first else None]
        for name in names:
            if name not in frame:
                raise UsageError(f"table {path}: no column {name!r}; there are: {', '.join(map(str, frame.columns))}")
        if not names:
            raise UsageError(
                f"table {path}: no column 'accuracy', and no numeric column that could be one of a data set"
            )
        # Only these columns, since one of the others may be called `accuracy`.
        long = frame[["architecture", *names]].melt("architecture", var_name="dataset", value_name="value")
        long = long.rename(columns={"value": "accuracy"})
    for name in names:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            cell = _non_numbers(frame[name]).iloc[0]
            raise UsageError(f"table {path}: column {name!r} is not numeric: it holds {str(cell)[:40]!r}")
        if not columns and not frame[name].dropna().between(0, 100).all():
            wrong = "has values outside 0 to 100, so it holds no accuracies in percent: convert it, or remove it"
            raise UsageError(f"table {path}: column {name!r} {wrong}")
    return long


def _refuse_mixed(frame: pd.DataFrame, path: str | Path) -> None:
    """Raise UsageError for a column of numbers with a few cells of text: it must not be left out silently."""
    for name in frame.columns.difference([*NOT_ACCURACIES, "architecture"], sort=False):
        if pd.api.types.is_numeric_dtype(frame[name]):
            continue
        wrong = _non_numbers(frame[name])
        if 0 < len(wrong) < frame[name].count() / 2:  # a column of text may have cells that look like numbers
            cell = str(wrong.iloc[0])[:40]
            fix = "correct it, or remove the column"
            raise UsageError(f"table {path}: column {name!r} holds {cell!r} among numbers: {fix}")


def _convert_numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert columns to numbers if all their cells are numbers, which JSON may write as text."""
    for name in frame.columns.difference(["architecture"], sort=False):
        if frame[name].count() and _non_numbers(frame[name]).empty:
            frame[name] = pd.to_numeric(frame[name])
    return frame


def _non_numbers(cells: pd.Series) -> pd.Series:
    """The cells with something else than a number; empty cells are left out."""
    return cells[pd.to_numeric(cells, errors="coerce").isna() & cells.notna()]


def read_architectures(path: str | Path, within: Space[Any]) -> list[str]:
    """Read architectures, one per line or in a column of a CSV; each comes once, in its normal form."""
    try:
        lines = [line.strip() for line in Path(path).read_text().splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: {getattr(error, 'strerror', None) or error}") from None
    if not lines:
        raise UsageError(f"{path}: the file has no architectures")
    header = {name.strip() for name in lines[0].split(",")} & set(ARCHITECTURE_COLUMNS)
    texts = list(_read(path)[header.pop()]) if header else lines
    return list(dict.fromkeys(_normalise(text, path, within) for text in texts))


def _mean_by_key(table: pd.DataFrame, within: Space[Any]) -> dict[Hashable, float]:
    """For each pair of a key of the space and a data set, the mean accuracy of the architectures that share the key."""
    keys = {text: within.key(within.parse(text)) for text in table.architecture.unique()}
    return table.groupby([table.architecture.map(keys), "dataset"])["accuracy"].mean().to_dict()


def accuracy_rows(
    table: pd.DataFrame, texts: Iterable[str], within: Space[Any], budget: Budget
) -> Iterator[dict[str, Any]]:
    """Rows of the store's table `trainings` for these architectures.

    An architecture that the table lacks gets the mean accuracy of those that are the same network, written differently.
    If there are none, its row has status "error" and a reason.
    """
    known = table.set_index(["architecture", "dataset"])["accuracy"].to_dict()
    datasets, texts = list(table.dataset.unique()), list(texts)
    whole = all((text, dataset) in known for text in texts for dataset in datasets)
    alike = {} if whole else _mean_by_key(table, within)  # it takes a second for a table of 15,625 cells
    for text in texts:
        architecture = within.parse(text)
        size = size_columns(budget.cost(architecture))
        for dataset in datasets:
            accuracy = known.get((text, dataset), alike.get((within.key(architecture), dataset)))
            yield {
                "architecture": text,
                "dataset": dataset,
                "resolution": budget.resolution,
                "train_images": 0,
                "recipe": "table",
                "epochs": 0,
                "seed": 0,
                "accuracy": accuracy,
                "status": "error" if accuracy is None else "ok",
                "reason": "the table has no such row" if accuracy is None else "",
                "params": size["params"],
                "macs": size["macs"],
                "source": within.name,
            }

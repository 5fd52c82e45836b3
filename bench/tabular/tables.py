"""Tables of accuracies that others measured."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ...space import Space
from ..errors import UsageError
from ..messages import say
from . import trained
from .architectures import with_architectures
from .columns import CONDITIONS, DATASET, USUAL, find, plain, says_accuracy, says_other
from .files import no_numbers, read_frame
from .percent import in_percent

COLUMNS = ["architecture", "dataset", "accuracy"]
# NAS-Bench-Macro's own name for its accuracy column, and what it was measured on.
KNOWN = {"mean_acc": "cifar10"}
MOST_NAMED = 6  # columns in one line


def read_table(
    path: str | Path, within: Space[Any], columns: Sequence[str] = (), first: bool = False, any_number: bool = True
) -> pd.DataFrame:
    """The accuracies of a file as rows `architecture, dataset, accuracy`, architectures in their normal form.

    A CSV or JSON file, as `files.read_frame` reads it: a column of architectures, and either a column `dataset` beside
    one of accuracies, or one column of accuracies for each data set. Without `columns`, which names them, these are all
    numeric ones but those that `columns.says_other` (with `first`, the first of them). Where several columns stand
    beside `dataset`, a data set is called by both. The mean where one occurs twice. Accuracies from 0 to 1 become
    percent. Which columns were passed over, and which taken for fractions, is told on stderr. In place of a
    file, the name of a table that ships will do (`trained`).

    `any_number`: take a column that `columns` names whatever it holds. Raises UsageError naming file and column.
    """
    if trained.is_name(path):
        return trained.read(str(path), within, columns, first)
    frame = with_architectures(read_frame(path), path, within)
    frame = frame.rename(columns={name: KNOWN[name] for name in KNOWN if name in frame and KNOWN[name] not in frame})
    dataset = find(frame.columns, DATASET)
    names = [KNOWN.get(name, name) for name in columns] or _accuracies(frame, path, dataset, first)
    _check(frame, names, path, dataset)
    parts = [_long(frame, name, dataset, path, len(names) > 1) for name in names]
    long = pd.concat(parts, ignore_index=True).dropna(subset="accuracy")
    if long.empty:
        raise UsageError(f"table {path}: no row has an accuracy")
    for name, part in long.groupby("dataset", sort=False):
        source = str(part.column.iloc[0])
        if columns and (any_number or says_other(source)):
            if not any_number:
                raise UsageError(f"table {path}: column {source!r} holds no accuracies, by its name")
            if says_other(source) or not part.accuracy.between(0, 1).all():
                continue
        where = f"table {path}: column {source!r}" + f", data set {name!r}" * (dataset is not None)
        long.loc[part.index, "accuracy"] = in_percent(part.accuracy, where)
    return long.groupby(COLUMNS[:2], as_index=False, sort=False)["accuracy"].mean()


def _accuracies(frame: pd.DataFrame, path: str | Path, dataset: str | None, first: bool) -> list[str]:
    """The columns of accuracies, of a table of which nobody has named any."""
    _refuse_mixed(frame, path, dataset)
    if "accuracy" in frame:
        return ["accuracy"]
    numeric = [name for name in frame.select_dtypes("number").columns if name != dataset]
    fitting = [name for name in numeric if not says_other(name)]
    found = [name for name in fitting if says_accuracy(name)]
    # Beside a column that says so, one that does not is something else: a score, a latency of some device. But where
    # columns are called by data sets, that of one nobody knows is one more.
    called_so = [name for name in found if "acc" in plain(name) or "top" in plain(name)]
    names = called_so if dataset and called_so else found if len(called_so) == len(found) > 0 else fitting
    if not names:
        passed = f"; these hold none, by their names: {_listed(numeric)}" if numeric else ""
        raise UsageError(f"table {path}: no column 'accuracy', and no numeric column for a data set{passed}")
    _tell(path, numeric, names)
    return names[: 1 if first else None]


def _tell(path: str | Path, numeric: list[str], names: list[str]) -> None:
    """Say which columns of numbers were taken, where that is not plain from their names, and which passed over."""
    passed = [name for name in numeric if name not in names and plain(name) not in USUAL]
    doubtful = [name for name in names if not says_accuracy(name)]
    parts = [f"taken for accuracies in percent: {_listed(doubtful)}"] * bool(doubtful)
    parts += [f"passed over: {_listed(passed)}"] * bool(passed)
    if parts:
        say(f"table {path}: columns {'; '.join(parts)}")


def _listed(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(name[:40] for name in names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _check(frame: pd.DataFrame, names: list[str], path: str | Path, dataset: str | None) -> None:
    """UsageError for a column that is not there, or holds no numbers."""
    for name in names:
        if name not in frame:
            raise UsageError(f"table {path}: no column {name!r}; there are: {_listed(list(frame.columns))}")
        if name in ("architecture", dataset):
            raise UsageError(f"table {path}: column {name!r} is that of the {name}s: name one of accuracies")
        if not pd.api.types.is_numeric_dtype(frame[name]) and frame[name].count():
            cell = no_numbers(frame[name]).iloc[0]
            raise UsageError(f"table {path}: column {name!r} is not numeric: it holds {str(cell)[:40]!r}")


def _long(frame: pd.DataFrame, name: str, dataset: str | None, path: str | Path, several: bool) -> pd.DataFrame:
    """One row for each architecture and data set, with the name of the column that it comes from."""
    if dataset is None:
        called: Any = Path(path).stem if name == "accuracy" else name
    else:
        if frame[dataset].isna().any():
            raise UsageError(f"table {path}: a row has no {dataset!r}")
        called = frame[dataset].astype(str) + f" {name}" * several
    long = pd.DataFrame(
        {"architecture": frame.architecture, "dataset": called, "accuracy": pd.to_numeric(frame[name]), "column": name}
    )
    _refuse_conditions(frame, long, path)
    return long


def _refuse_conditions(frame: pd.DataFrame, long: pd.DataFrame, path: str | Path) -> None:
    """UsageError where rows of one architecture and data set differ in more than a seed: no mean should mix them."""
    if not long.duplicated(COLUMNS[:2]).any():
        return
    for name in frame.columns:
        if plain(name) not in CONDITIONS or name in COLUMNS:
            continue
        if (frame[name].groupby([long.architecture, long.dataset]).nunique() > 1).any():
            values = ", ".join(map(str, frame[name].dropna().unique()[:4]))
            what = f"rows of one architecture and data set differ in {name!r} ({values})"
            raise UsageError(f"table {path}: {what}: keep those of one")


def _refuse_mixed(frame: pd.DataFrame, path: str | Path, dataset: str | None) -> None:
    """UsageError for a column of numbers with a few cells of text: it must not be left out in silence."""
    for name in frame.columns:
        if name in ("architecture", dataset) or says_other(name) or pd.api.types.is_numeric_dtype(frame[name]):
            continue
        wrong = no_numbers(frame[name])
        if 0 < len(wrong) < frame[name].count() / 2:  # a column of something else may hold what looks like a number
            cell = str(wrong.iloc[0])[:40]
            mend = "correct it, or remove the column"
            raise UsageError(f"table {path}: column {name!r} holds {cell!r} among numbers: {mend}")

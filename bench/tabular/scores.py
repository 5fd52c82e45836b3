"""Scores that somebody has computed already, to be correlated beside ours."""

from pathlib import Path
from typing import Any

import pandas as pd

from ...space import Space
from ..errors import UsageError
from .architectures import with_architectures
from .columns import CONDITIONS, DATASET, INDEX, PROXY, find, plain, says_accuracy
from .files import read_frame

VALUES = ("value", "score", "values", "scores")
NO_SCORES = {*INDEX, *CONDITIONS, "seed", "seeds", "seconds", "time", "status", "id"}


def read_scores(path: str | Path, within: Space[Any]) -> pd.DataFrame:
    """The scores of a file as rows `architecture, name, value`, architectures in their normal form.

    A file as `files.read_frame` reads it: a column of architectures and one of numbers for each proxy; or a column
    `proxy` beside one called `value` or `score`, as in the rows that a study keeps. Accuracies, times and seeds are no
    scores. With a column `dataset`, a name is that of the proxy and the data set, where they differ. The mean where an
    architecture occurs twice. Raises UsageError naming file and column.
    """
    frame = with_architectures(read_frame(path), path, within)
    proxy, dataset = find(frame.columns, PROXY), find(frame.columns, DATASET)
    if proxy is not None:
        values = find(frame.columns, VALUES)
        if values is None or not pd.api.types.is_numeric_dtype(frame[values]):
            raise UsageError(
                f"scores {path}: beside column {proxy!r} there must be one of numbers called value or score"
            )
        long = pd.DataFrame(
            {"architecture": frame.architecture, "name": frame[proxy].astype(str), "value": frame[values]}
        )
    else:
        names = [name for name in frame.select_dtypes("number").columns if _may_be_score(name)]
        if not names:
            raise UsageError(f"scores {path}: no column of numbers for a proxy")
        long = frame[["architecture", *names]].melt("architecture", var_name="name", ignore_index=False)
    if dataset is not None and frame[dataset].nunique() > 1:
        long["name"] += " on " + frame[dataset].astype(str).reindex(long.index)
    return long.groupby(["architecture", "name"], as_index=False, sort=False)["value"].mean()


def _may_be_score(name: str) -> bool:
    words = plain(name)
    return words not in NO_SCORES and not words.startswith("time") and not says_accuracy(name)

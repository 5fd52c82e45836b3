"""Rows of correlations, of scores of ours and of scores that somebody has already, and a row as a line of text."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ... import proxies, results
from ...results.scores import COUNTS_SIZE, COVARIATES, resamples_of
from ..rows import Row


def rows(names: list[str], scores: pd.DataFrame, accuracies: pd.DataFrame) -> Iterator[Row]:
    """One row for each proxy and data set; the score's sign is changed where lower is better."""
    for name in names:
        mine = scores[(scores.proxy == name) & scores.architecture.isin(accuracies.architecture)]
        values = _values(name, mine[mine.status == "ok"])
        sizes = mine.drop_duplicates("architecture").set_index("architecture")[list(COVARIATES)]
        for dataset, part in accuracies.groupby("dataset", sort=False):
            failed = int(part.architecture.isin(mine.architecture).sum() - part.architecture.isin(values.index).sum())
            yield {"proxy": name, "dataset": dataset, **_numbers(name, values, part, sizes), "failed": failed}


def given_rows(given: pd.DataFrame, source: str, accuracies: pd.DataFrame, sizes: pd.DataFrame) -> Iterator[Row]:
    """One row for each proxy of `tabular.read_scores` and data set; higher is taken for better, whatever its name.

    `sizes` has the columns `COVARIATES`, by architecture. A proxy is called by its name and the file `source`.
    """
    for name, mine in given.groupby("name", sort=False):
        values = mine.set_index("architecture")["value"].replace([np.inf, -np.inf], np.nan).dropna()
        for dataset, part in accuracies.groupby("dataset", sort=False):
            failed = int(part.architecture.isin(mine.architecture).sum() - part.architecture.isin(values.index).sum())
            numbers = _numbers(str(name), values, part, sizes)
            yield {"proxy": f"{name} ({source})", "dataset": dataset, **numbers, "failed": failed}


def _numbers(name: str, values: pd.Series, accuracies: pd.DataFrame, sizes: pd.DataFrame) -> Row:
    """The statistics of a proxy on one data set; None where one is not defined."""
    covariates = sizes.reindex(accuracies.architecture).to_numpy("float64", na_value=float("nan"))
    result = results.correlate(
        accuracies.architecture.map(values).astype("float64"),
        accuracies.accuracy,
        None if name in COUNTS_SIZE else covariates,
        params=covariates[:, 0],
        resamples=resamples_of(len(accuracies)),
    )
    return {key: None if value != value else value for key, value in result.row().items()}


def _values(name: str, scores: pd.DataFrame) -> pd.Series:
    """Values by architecture, higher is better; of a relative proxy its ranks within these scores."""
    proxy = proxies.get(name)
    texts = pd.Index(scores.architecture)
    if proxy.relative:
        components = np.array(scores.components.tolist(), dtype=np.float64).reshape(len(scores), -1)
        return pd.Series(results.ranked(components, proxy.relative) if len(scores) else [], index=texts, dtype=float)
    sign = 1 if proxy.higher_is_better else -1
    return pd.Series(scores.value.to_numpy("float64") * sign, index=texts)


def line(row: Row) -> str:
    """A row for people, tab-separated: proxy, data set, n, tau and rho with their intervals, and how many failed."""

    def interval(name: str) -> str:
        if row[name] is None:
            return f"{name} –"
        if row[f"{name}_low"] is None:
            return f"{name} {row[name]:+.3f}"
        return f"{name} {row[name]:+.3f} [{row[f'{name}_low']:+.3f}, {row[f'{name}_high']:+.3f}]"

    failed = f"\t{row['failed']} failed" if row["failed"] else ""
    return f"{row['proxy']}\t{row['dataset']}\tn {row['n']}\t{interval('tau')}\t{interval('rho')}{failed}"

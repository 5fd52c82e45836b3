"""How rows of the comparison stand among each other over search seeds: mean ranks and the critical difference."""

import math
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from .points import datasets, winners
from .store import Store

COLUMNS = ["proxy", "strategy", "mean_rank"]
LEAST_ROWS, LEAST_SEEDS = 3, 2  # below, mean ranks say nothing that the accuracies do not


class Placing(NamedTuple):
    """`rows` has `proxy, strategy, mean_rank` (1 is the best), from best to worst.

    Two rows whose mean ranks are no further apart than `difference` cannot be told apart at 5 % over all pairs
    (Nemenyi's test); `ties` are the largest sets of such rows, each as the places of its first and last row. `seeds`
    are those that every row of `rows` has a winner of.
    """

    rows: pd.DataFrame
    difference: float
    ties: list[tuple[int, int]]
    seeds: int


def placing(store: Store) -> Placing:
    """The mean ranks of the winners' accuracies; no rows where fewer than three can be ranked under two seeds.

    A row is ranked under each search seed on each data set, and its ranks are averaged over the data sets first: one
    winner's accuracies on two of them do not count as two observations. Rows without a trained winner under every seed
    are left out. Demšar 2006.
    """
    found, names = winners(store), datasets(store)
    tables = {name: found.pivot(index=["proxy", "strategy"], columns="seed", values=name) for name in names}
    tables = {name: table.dropna(how="all") for name, table in tables.items() if table.notna().any(axis=None)}
    if not tables:
        return Placing(pd.DataFrame(columns=COLUMNS), math.nan, [], 0)
    seeds = next(iter(tables.values())).columns
    complete = pd.concat([table.notna().all(axis=1) for table in tables.values()], axis=1).eq(True).all(axis=1)
    kept = complete.index[complete]
    if len(kept) < LEAST_ROWS or len(seeds) < LEAST_SEEDS:
        return Placing(pd.DataFrame(columns=COLUMNS), math.nan, [], len(seeds))
    ranks = [stats.rankdata(-table.loc[kept].to_numpy("float64").round(9), axis=0) for table in tables.values()]
    mean = pd.Series(np.mean(ranks, axis=(0, 2)), index=kept, name="mean_rank")
    rows = mean.sort_values(kind="stable").reset_index()[COLUMNS]
    difference = critical_difference(len(kept), len(seeds))
    return Placing(rows, difference, _ties(rows["mean_rank"].to_numpy(), difference), len(seeds))


def critical_difference(rows: int, blocks: int, level: float = 0.95) -> float:
    """Nemenyi's: how far apart two of `rows` mean ranks over `blocks` rankings must be to differ."""
    quantile = float(stats.studentized_range.ppf(level, rows, math.inf)) / math.sqrt(2)
    return quantile * math.sqrt(rows * (rows + 1) / (6 * blocks))


def _ties(means: np.ndarray, difference: float) -> list[tuple[int, int]]:
    """The maximal runs of two or more ascending `means` that lie within `difference`."""
    runs: list[tuple[int, int]] = []
    for first, mean in enumerate(means):
        last = int(np.searchsorted(means, mean + difference, side="right")) - 1
        if last > first and not (runs and runs[-1][1] >= last):
            runs.append((first, last))
    return runs

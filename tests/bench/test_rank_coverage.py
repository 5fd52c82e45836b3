"""Confidence sets of ranks are honest: the table's networks drawn again, the true rank lies inside at the stated rate.

The table's networks are the population, so the true ranks are known: those over all of them. Each drawing takes as many
with replacement, makes the set of every proxy, and asks whether its true rank lies inside.
"""

import numpy as np
import pandas as pd
from zsbench.bench.standing.table import load
from zsbench.results import placement, prepare

RESAMPLES = 300  # of each drawing
LEVEL = 0.95


def covered(drawings: int, proxies: list[str] | None = None) -> pd.Series:
    """For each proxy in how many of `drawings` its true rank lies within its set, as a share."""
    trained = load("cifar-small").trained
    names = trained.whole() if proxies is None else proxies
    known = trained.known(trained.samples["architecture"], "cifar10")
    # One seed of each proxy: what varies here are the networks.
    scores = {name: table[:, :1] for name, table in trained.matrices(names, known.index).items()}
    accuracy = known["accuracy"].to_numpy("float64")
    truth = prepare(scores, accuracy, resamples=0)
    true_ranks = {name: placement(truth, name).rank for name in names}
    rng = np.random.default_rng(0)
    inside = dict.fromkeys(names, 0)
    for _ in range(drawings):
        rows = rng.integers(len(accuracy), size=len(accuracy))
        drawn = prepare({name: table[rows] for name, table in scores.items()}, accuracy[rows], RESAMPLES)
        for name in names:
            found = placement(drawn, name, LEVEL)
            inside[name] += found.low <= true_ranks[name] <= found.high
    return pd.Series(inside) / drawings


def test_sets_of_all_proxies_hold_the_true_rank_in_200_drawings() -> None:
    found = covered(200)
    assert found.min() >= LEVEL - 3 * np.sqrt(LEVEL * (1 - LEVEL) / 200), found
    assert found.mean() >= LEVEL

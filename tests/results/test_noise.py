import math

import numpy as np
import pytest
from scipy import stats
from zsbench.results import intraclass, intraclass_bootstrap
from zsbench.results.resampling import draws

RNG = np.random.default_rng(5)
SCORES = RNG.normal(size=(20, 1)) + 0.7 * RNG.normal(size=(20, 3))
HOLES = np.where(RNG.random(SCORES.shape) < 0.25, np.nan, SCORES)


def obvious(values, rank=stats.rankdata):
    """One-way analysis of variance over the ranks, row by row."""
    rows = [row[np.isfinite(row)] for row in np.asarray(values, dtype=float)]
    rows = [row for row in rows if len(row) >= 2]
    ranks = np.split(rank(np.concatenate(rows)), np.cumsum([len(row) for row in rows])[:-1])
    total, grand = sum(map(len, ranks)), np.concatenate(ranks).mean()
    between = sum(len(row) * (row.mean() - grand) ** 2 for row in ranks) / (len(ranks) - 1)
    within = sum(((row - row.mean()) ** 2).sum() for row in ranks) / (total - len(ranks))
    size = (total - sum(len(row) ** 2 for row in ranks) / total) / (len(ranks) - 1)
    return (between - within) / (between + (size - 1) * within)


@pytest.mark.parametrize("values", [SCORES, HOLES, np.round(HOLES)], ids=["full", "holes", "ties"])
def test_it_is_the_analysis_of_variance_of_ranks(values):
    assert intraclass(values) == pytest.approx(obvious(values))
    assert intraclass(values, raw=True) == pytest.approx(obvious(values, rank=lambda flat: flat))


@pytest.mark.parametrize("values", [SCORES, HOLES], ids=["full", "holes"])
def test_resamples_computed_together_agree_with_one_by_one(values):
    ordered = np.sort(values, axis=1)
    ordered = ordered[np.isfinite(ordered).sum(axis=1) >= 2]
    ordered = ordered[np.lexsort(ordered.T[::-1])]
    slow = [intraclass(np.repeat(ordered, count, axis=0)) for count in draws(len(ordered), 60, seed=1)]
    assert intraclass_bootstrap(values, 60, seed=1) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])))


def test_it_tells_signal_from_noise():
    rng = np.random.default_rng(6)
    signal, noise = rng.normal(size=(500, 1)), rng.normal(size=(500, 4))
    assert intraclass(np.repeat(signal, 4, axis=1)) == 1
    assert intraclass(noise) == pytest.approx(0, abs=0.06)
    assert intraclass(signal + noise) == pytest.approx(0.5, abs=0.06)
    assert intraclass(np.exp(5 * (signal + noise))) == pytest.approx(intraclass(signal + noise)), (
        "ranks: tails are mild"
    )


def test_neither_the_order_of_architectures_nor_of_seeds_matters():
    rows, columns = RNG.permutation(20), RNG.permutation(3)
    shuffled = HOLES[rows][:, columns]
    assert intraclass(shuffled) == pytest.approx(intraclass(HOLES))
    assert intraclass_bootstrap(shuffled) == intraclass_bootstrap(HOLES)
    alone = np.vstack([HOLES, [[9.0, np.nan, np.inf]], [[np.nan] * 3]])
    assert intraclass(alone) == intraclass(HOLES), "a row of one value says nothing of noise"


@pytest.mark.parametrize(
    "values", [np.empty((0, 3)), np.empty((5, 0)), SCORES[:, :1], SCORES[:2], np.ones((4, 2))],
    ids=["no rows", "no seeds", "one seed", "two rows", "equal"],
)  # fmt: skip
def test_too_little_gives_nan(values):
    assert math.isnan(intraclass(values))
    assert all(math.isnan(end) for end in intraclass_bootstrap(values))


def test_values_must_be_a_table():
    with pytest.raises(ValueError, match="architectures"):
        intraclass([1.0, 2.0, 3.0])

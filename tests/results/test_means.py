import math

import numpy as np
import pytest
from scipy import stats
from zsbench.results import mean_intervals
from zsbench.results.means import spread_alike


def test_the_interval_of_one_group_is_students():
    values = [93.1, 94.0, 93.7]
    [(mean, half, n)] = mean_intervals([values], level=0.9)
    low, high = stats.t.interval(0.9, 2, loc=np.mean(values), scale=stats.sem(values))
    assert (mean - half, mean + half, n) == pytest.approx((low, high, 3))
    [(mean, half, n)] = mean_intervals([[5.0, math.nan]])
    assert (mean, n) == (5.0, 1)
    assert math.isnan(half)
    assert math.isnan(mean_intervals([[]])[0][0])


def test_intervals_pool_the_deviation_of_their_groups():
    groups = [[90.0, 92.0], [80.0, 86.0, 86.0], [70.0], []]
    pooled = math.sqrt((2.0 + 24.0) / 3)
    t = stats.t.ppf(0.975, 3)
    found = mean_intervals(groups)
    assert [half for _, half, _ in found[:3]] == pytest.approx([t * pooled / math.sqrt(n) for n in (2, 3, 1)])
    assert [n for _, _, n in found] == [2, 3, 1, 0]
    assert math.isnan(found[3][1])


def test_pooled_intervals_cover_what_they_should():
    rng = np.random.default_rng(3)
    hits = []
    for _ in range(400):
        means = rng.normal(90, 3, size=8)
        found = mean_intervals([rng.normal(mean, 0.7, size=2) for mean in means])
        hits += [abs(mean - true) <= half for (mean, half, _), true in zip(found, means, strict=True)]
    assert np.mean(hits) == pytest.approx(0.95, abs=0.02)


def test_unequal_spreads_give_each_row_its_own_interval():
    rng = np.random.default_rng(2)
    groups = [90 + spread * rng.normal(size=10) for spread in (0.1, 0.1, 3.0)]
    assert stats.levene(*groups, center="median").pvalue < 0.05
    assert not spread_alike(groups)
    for values, (mean, half, n) in zip(groups, mean_intervals(groups), strict=True):
        low, high = stats.t.interval(0.95, 9, loc=np.mean(values), scale=stats.sem(values))
        assert (mean - half, mean + half, n) == pytest.approx((low, high, 10))
    assert math.isnan(mean_intervals([*groups, [80.0]])[3][1]), "one value has no spread of its own"


def test_two_values_cannot_object_to_one_spread():
    """Both lie equally far from their median, so that scipy's test would always object."""
    groups = [[90.0, 90.1], [80.0, 80.2], [70.0, 70.15]]
    assert stats.levene(*groups, center="median").pvalue < 1e-6
    assert spread_alike(groups)
    assert spread_alike([[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])
    assert spread_alike([])


def test_a_row_of_one_winner_has_no_interval_and_is_in_no_pool():
    groups = [[90.0, 92.0], [95.0, 95.0], [70.0]]
    (_, first, _), (mean, still, n), (_, single, _) = mean_intervals(groups, constant=[False, True, True])
    assert (mean, n) == (95.0, 2)
    assert math.isnan(still)
    t = stats.t.ppf(0.975, 1)
    assert (first, single) == pytest.approx((t * math.sqrt(2 / 2), t * math.sqrt(2))), "one seed confirms no winner"
    assert all(math.isnan(half) for _, half, _ in mean_intervals([[95.0, 95.0]], constant=[True]))

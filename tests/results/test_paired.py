import math

import numpy as np
import pytest
from zsbench.results import bootstrap, kendall, paired, precision_at_k, spearman
from zsbench.results.resampling import complete, draws

RNG = np.random.default_rng(7)
Y = RNG.normal(size=50)
GOOD, BAD = Y + 0.5 * RNG.normal(size=50), Y + 2 * RNG.normal(size=50)


@pytest.mark.parametrize("statistic", [kendall, spearman, precision_at_k])
def test_both_are_computed_on_the_same_resamples(statistic):
    y, a, b = complete(Y, GOOD, BAD)
    slow = np.array(
        [
            statistic(np.repeat(a, count), np.repeat(y, count)) - statistic(np.repeat(b, count), np.repeat(y, count))
            for count in draws(50, 80, seed=3)
        ]
    )
    found = paired(GOOD, BAD, Y, statistic, resamples=80, seed=3)
    assert found.n == 50
    assert found.difference == statistic(GOOD, Y) - statistic(BAD, Y)
    assert (found.low, found.high) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])))
    assert found.p == pytest.approx((np.sum(slow <= 1e-12) + 1) / 81)


def test_the_better_one_is_better_and_the_same_is_not():
    found = paired(GOOD, BAD, Y)
    assert found.low > 0
    assert found.p < 0.01
    assert paired(BAD, GOOD, Y).p > 0.99
    assert paired(Y, -Y, Y).p == 1 / 10_001, "never 0"
    same = paired(GOOD, GOOD**3, Y)
    assert (same.difference, same.low, same.high, same.p) == (0, 0, 0, 1)


def test_a_shared_sample_makes_differences_clearer_than_intervals():
    close = GOOD + 0.4 * RNG.normal(size=50)
    found = paired(GOOD, close, Y)
    ours, theirs = bootstrap(GOOD, Y, kendall), bootstrap(close, Y, kendall)
    assert found.high - found.low < 0.8 * math.hypot(ours[1] - ours[0], theirs[1] - theirs[0])


def test_only_architectures_that_both_have_scored_count():
    first, second = GOOD.copy(), BAD.copy()
    first[:3], second[3:8] = math.nan, math.inf
    assert paired(first, second, Y) == paired(GOOD[8:], BAD[8:], Y[8:])
    order = RNG.permutation(50)
    assert paired(first[order], second[order], Y[order]) == paired(first, second, Y)


def test_too_little_gives_nan():
    for first in ([1.0, 2.0, math.nan], [1.0, 1.0, 1.0]):
        found = paired(first, [1, 2, 3], [1, 2, 3])
        assert all(math.isnan(number) for number in (found.difference, found.low, found.high, found.p))

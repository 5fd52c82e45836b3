import math
import time
from itertools import combinations

import numpy as np
import pytest
from scipy import stats

from results import bootstrap, correlate, kendall, mean_intervals, spearman

RNG = np.random.default_rng(0)
CASES = {
    "continuous": (RNG.normal(size=30), RNG.normal(size=30)),
    "ties": (RNG.integers(0, 4, size=30), RNG.integers(0, 3, size=30)),
    "related": (np.arange(25), np.arange(25) + RNG.integers(0, 9, size=25)),
    "huge": (-np.exp(RNG.normal(20, 5, size=30)), RNG.normal(size=30)),
}


def obvious_kendall(x, y):
    """Tau-b by counting every pair."""
    concordant = discordant = untied_x = untied_y = 0
    for i, j in combinations(range(len(x)), 2):
        product = (float(x[i]) - float(x[j])) * (float(y[i]) - float(y[j]))
        concordant += product > 0
        discordant += product < 0
        untied_x += x[i] != x[j]
        untied_y += y[i] != y[j]
    return (concordant - discordant) / math.sqrt(untied_x * untied_y)


def obvious_spearman(x, y):
    """Pearson's correlation of mean ranks."""

    def ranks(values):
        return [
            sum(other < value for other in values) + sum(other == value for other in values) / 2 for value in values
        ]

    return np.corrcoef(ranks(list(x)), ranks(list(y)))[0, 1]


@pytest.mark.parametrize("case", CASES)
def test_rank_correlations_agree_with_scipy_and_with_the_definition(case):
    x, y = CASES[case]
    assert kendall(x, y) == pytest.approx(obvious_kendall(x, y))
    assert kendall(x, y) == pytest.approx(stats.kendalltau(x, y).statistic)
    assert spearman(x, y) == pytest.approx(obvious_spearman(x, y))
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("statistic", [kendall, spearman])
def test_resamples_computed_together_agree_with_one_by_one(case, statistic):
    x, y = CASES[case]
    slow = bootstrap(x, y, lambda a, b: statistic(a, b), resamples=200)
    assert bootstrap(x, y, statistic, resamples=200) == pytest.approx(slow)


def test_constant_resamples_are_dropped():
    x, y = [0, 0, 0, 1], [1, 2, 3, 4]
    for statistic in (kendall, spearman):
        fast = bootstrap(x, y, statistic)
        assert fast == pytest.approx(bootstrap(x, y, lambda a, b, of=statistic: of(a, b)))
        assert np.isfinite(fast).all()


def test_the_interval_is_reproducible_and_follows_the_seed():
    x, y = CASES["continuous"]
    assert bootstrap(x, y, kendall, seed=3) == bootstrap(x, y, kendall, seed=3)
    assert bootstrap(x, y, kendall, seed=3) != bootstrap(x, y, kendall, seed=4)
    narrow, wide = bootstrap(x, y, kendall, level=0.5), bootstrap(x, y, kendall, level=0.99)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


def test_the_interval_covers_the_true_value_about_as_often_as_it_says():
    # For a bivariate normal with correlation r, tau = 2 / pi asin(r).
    rng = np.random.default_rng(1)
    r, covered, trials = 0.6, 0, 200
    truth = 2 / math.pi * math.asin(r)
    for trial in range(trials):
        x, y = rng.multivariate_normal([0, 0], [[1, r], [r, 1]], size=50).T
        low, high = bootstrap(x, y, kendall, resamples=300, seed=trial)
        covered += low <= truth <= high
    assert 0.89 <= covered / trials <= 0.99


@pytest.mark.parametrize(
    ("x", "y"), [([], []), ([1, 2], [1, 2]), ([1, 1, 1, 1], [1, 2, 3, 4]), ([1, 2, math.nan, math.inf], [1, 2, 3, 4])]
)
def test_too_little_to_correlate_gives_nan(x, y):
    result = correlate(x, y)
    assert result.n == sum(np.isfinite(x))
    numbers = (result.tau, result.tau_low, result.tau_high, result.rho, result.rho_low, result.rho_high)
    assert all(math.isnan(number) for number in numbers)


def test_pairs_with_a_missing_value_are_dropped():
    x, y = CASES["continuous"]
    assert correlate([*x, 1.0, math.nan], [*y, math.nan, 1.0]) == correlate(x, y)
    with pytest.raises(ValueError, match="one length"):
        kendall([1, 2, 3], [1, 2])


def test_many_correlations_are_quick():
    rng = np.random.default_rng(2)
    start = time.process_time()
    for _ in range(24):
        correlate(rng.normal(size=40), rng.normal(size=40))
    assert time.process_time() - start < 8


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


def test_the_order_of_pairs_does_not_matter():
    x, y = CASES["ties"]
    order = RNG.permutation(len(x))
    assert correlate(x, y) == correlate(x[order], y[order])

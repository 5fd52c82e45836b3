import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from zsbench.results import (
    bootstrap,
    correlate,
    deciles,
    kendall,
    kendall_alike,
    kendall_within,
    partial_bootstrap,
    partial_spearman,
    ranking,
    resampling,
    spearman,
    spearman_within,
    statistics,
    top_kendall,
)
from zsbench.results import weighted_kendall as weighted
from zsbench.results.statistics import ENOUGH_FOR_TOP, FEWER, MEASURES, SEEDS, resampled

RNG = np.random.default_rng(0)
PLAIN = {name: measure.statistic for name, measure in MEASURES.items() if not measure.columns}
OF_PAIRS = list(PLAIN.values())  # those that take scores and accuracies only
CASES = {
    "continuous": (RNG.normal(size=30), RNG.normal(size=30)),
    "ties": (RNG.integers(0, 4, size=30), RNG.integers(0, 9, size=30)),
    "related": (np.arange(25), np.arange(25) + RNG.integers(0, 9, size=25)),
    "huge": (-np.exp(RNG.normal(20, 5, size=30)), RNG.normal(size=30)),
    "few": (np.array([3.0, 1.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0, 4.0])),
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


def obvious_weighted(x, y):
    """The mean of both taus in which a pair weighs the sum of its reciprocal places."""
    taus = []
    for key in (lambda i: (x[i], y[i]), lambda i: (y[i], x[i])):
        order = sorted(range(len(x)), key=key, reverse=True)
        weight = {i: 1 / (place + 1) for place, i in enumerate(order)}
        both = of_x = of_y = 0.0
        for i, j in combinations(range(len(x)), 2):
            sign_x, sign_y = np.sign(float(x[i]) - float(x[j])), np.sign(float(y[i]) - float(y[j]))
            both += sign_x * sign_y * (weight[i] + weight[j])
            of_x += sign_x**2 * (weight[i] + weight[j])
            of_y += sign_y**2 * (weight[i] + weight[j])
        taus.append(both / math.sqrt(of_x * of_y))
    return sum(taus) / 2


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
    assert weighted(x, y) == pytest.approx(obvious_weighted(x, y))
    assert weighted(x, y) == pytest.approx(stats.weightedtau(x, y).statistic)
    assert spearman(x, y) == pytest.approx(obvious_spearman(x, y))
    assert spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("statistic", OF_PAIRS)
def test_resamples_computed_together_agree_with_one_by_one(case, statistic):
    x, y = resampling.complete(*CASES[case])
    counts = resampling.varied(resampling.draws(len(x), 60, seed=1), x, y)
    slow = [statistic(np.repeat(x, count), np.repeat(y, count)) for count in counts]
    np.testing.assert_allclose(resampled(x, y, statistic, counts), slow, atol=1e-12)
    low, high = bootstrap(x, y, statistic, resamples=60, seed=1)
    assert (low, high) == pytest.approx(tuple(np.nanquantile(slow, [0.025, 0.975])), nan_ok=True)


@pytest.mark.parametrize("statistic", OF_PAIRS)
def test_working_in_blocks_gives_the_same(monkeypatch, statistic):
    x, y = CASES["ties"]
    expected = bootstrap(x, y, statistic, resamples=50)
    monkeypatch.setattr(resampling, "BLOCK", 100)
    monkeypatch.setattr(statistics, "PAIRS_BLOCK", 100)
    monkeypatch.setattr(ranking, "BLOCK", 7)
    assert bootstrap(x, y, statistic, resamples=50) == pytest.approx(expected)


def test_any_function_of_two_vectors_has_an_interval():
    x, y = CASES["related"]

    def pearson(a, b, sign=1):
        return sign * np.corrcoef(a, b)[0, 1]

    low, high = bootstrap(x, y, pearson, resamples=200)
    assert 0.5 < low < pearson(x, y) < high < 1
    assert bootstrap(x, y, pearson, resamples=200, sign=-1) == pytest.approx((-high, -low))


def test_constant_resamples_are_dropped():
    x, y = [0, 0, 0, 1], [1, 2, 3, 4]
    for statistic in OF_PAIRS:
        fast = bootstrap(x, y, statistic, resamples=300)
        assert fast == pytest.approx(bootstrap(x, y, lambda a, b, of=statistic: of(a, b), resamples=300))
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
    ("x", "y"),
    [
        ([], []),
        ([1, 2], [1, 2]),
        ([1, 1, 1, 1], [1, 2, 3, 4]),
        ([1, 2, 3, 4], [5, 5, 5, 5]),
        ([1, 2, math.nan, math.inf], [1, 2, 3, 4]),
    ],
)
def test_too_little_to_correlate_gives_nan(x, y):
    result = correlate(x, y, x, params=x, convolutions=x).row()
    assert result.pop("n") == sum(np.isfinite(x))
    assert result.pop("tau_seeds") == 0
    assert all(math.isnan(number) for number in result.values())


def test_a_correlation_names_every_statistic_with_its_interval():
    x, y = CASES["related"]
    size = np.stack([RNG.normal(size=25), RNG.normal(size=25)], axis=1)
    params, convolutions = 1e5 * np.exp(0.1 * size[:, 0]), RNG.integers(0, 3, size=25)
    found = correlate(x, y, size, 100, 5, 0.8, params=params, convolutions=convolutions)
    expected = ["n"] + [f"{name}{end}" for name in MEASURES for end in ("", "_low", "_high")] + list(SEEDS)
    result = found.row()
    assert list(result) == expected
    for name, statistic in PLAIN.items():
        if name != "top_tau":
            assert result[name] == statistic(x, y)
            assert (result[f"{name}_low"], result[f"{name}_high"]) == bootstrap(x, y, statistic, 100, 5, 0.8)
    assert result["partial_rho"] == partial_spearman(x, y, size)
    assert (found.partial_rho_low, found.partial_rho_high) == partial_bootstrap(x, y, size, 100, 5, 0.8)
    assert result["tau_within_deciles"] == pytest.approx(kendall_within(x, y, deciles(params)), nan_ok=True)
    assert result["tau_within_10pct"] == pytest.approx(kendall_alike(x, y, params))
    assert result["rho_within_convolutions"] == pytest.approx(spearman_within(x, y, convolutions))
    assert result["rho_within_convolutions_low"] < result["rho_within_convolutions_high"]
    without = correlate(x, y, resamples=10)
    assert all(math.isnan(without.row()[name]) for name in MEASURES if MEASURES[name].columns)
    with pytest.raises(AttributeError, match="nothing"):
        _ = without.nothing


def test_only_what_is_asked_for_is_computed():
    x, y = CASES["continuous"]
    assert list(correlate(x, y, resamples=10, only=("rho",)).estimates) == ["rho"]
    whole = correlate(x, y, resamples=10)
    assert correlate(x, y, resamples=10, only=("rho",)).estimates["rho"] == whole.estimates["rho"]


def test_the_top_tenth_has_a_tau_from_five_hundred_on():
    x = RNG.normal(size=ENOUGH_FOR_TOP)
    y = x + RNG.normal(size=ENOUGH_FOR_TOP)
    result = correlate(x, y, resamples=20)
    assert (result.top_tau, result.top_tau_low) == (top_kendall(x, y), bootstrap(x, y, top_kendall, 20)[0])
    fewer = correlate(x[1:], y[1:], resamples=20)
    assert math.isnan(fewer.top_tau)
    assert math.isnan(fewer.top_tau_low)


def test_slow_statistics_have_fewer_of_the_resamples():
    x, y = CASES["ties"]
    result = correlate(x, y)
    assert (result.tau_low, result.tau_high) == bootstrap(x, y, kendall, 10_000)
    assert (result.weighted_tau_low, result.weighted_tau_high) == bootstrap(x, y, weighted, FEWER)


def test_without_resamples_there_are_values_and_no_intervals():
    x, y = CASES["related"]
    result = correlate(x, y, x % 5, resamples=0).row()
    assert result["tau"] == kendall(x, y)
    assert result["partial_rho"] == partial_spearman(x, y, x % 5)
    assert all(math.isnan(value) for name, value in result.items() if name.endswith(("_low", "_high")))


def test_several_score_seeds_count_by_their_mean():
    y = RNG.normal(size=40)
    x = y[:, None] + RNG.normal(size=(40, 3))
    x[4, 1], x[7, 2] = math.nan, math.inf  # failed under one seed
    found = correlate(x, y, resamples=60, seed=2)
    taus = [stats.kendalltau(*pair).statistic for pair in ((x[:, 0], y), (np.delete(x[:, 1], 4), np.delete(y, 4)))]
    taus.append(stats.kendalltau(np.delete(x[:, 2], 7), np.delete(y, 7)).statistic)
    assert found.seed_taus == pytest.approx(taus)
    assert found.n == 40
    assert found.tau == pytest.approx(np.mean(taus))
    row = found.row()
    expected = (3, np.std(taus, ddof=1), min(taus), max(taus))
    assert tuple(row[name] for name in SEEDS) == pytest.approx(expected)
    # The interval is that of the mean on the same resamples.
    x[7, 2] = math.nan
    order = np.lexsort([y, x[:, 2], x[:, 1], x[:, 0]])
    means = []
    for count in resampling.draws(40, 60, seed=2):
        each = []
        for column in x[order].T:
            rows = np.isfinite(column)
            drawn = (np.repeat(values[rows], count[rows]) for values in (column, y[order]))
            each.append(stats.kendalltau(*drawn).statistic)
        means.append(np.mean(each))
    assert (found.tau_low, found.tau_high) == pytest.approx(tuple(np.quantile(means, [0.025, 0.975])))


def test_a_seed_under_which_all_is_equal_says_nothing():
    x, y = CASES["continuous"]
    both = correlate(np.column_stack([x, np.ones(30)]), y, resamples=50)
    assert both.seed_taus == (both.tau,) == (kendall(x, y),)


def test_pairs_with_a_missing_value_are_dropped():
    x, y = CASES["continuous"]
    size = RNG.normal(size=30)
    more = correlate([*x, 1.0, math.nan], [*y, math.nan, 1.0], [*size, 0.0, 0.0], resamples=50)
    assert more.row() == pytest.approx(correlate(x, y, size, resamples=50).row(), nan_ok=True)
    with pytest.raises(ValueError, match="one length"):
        kendall([1, 2, 3], [1, 2])


def test_pairs_without_covariates_count_for_the_rest():
    x, y = CASES["continuous"]
    size = RNG.normal(size=30)
    partly = correlate([*x, 9.0], [*y, 9.0], [*size, math.nan], resamples=50)
    assert partly.n == 31
    assert partly.partial_rho == correlate(x, y, size, resamples=50).partial_rho


@pytest.mark.parametrize("case", CASES)
def test_neither_order_nor_scale_of_the_scores_matters(case):
    x, y = (np.asarray(column, dtype=float) for column in CASES[case])
    size = RNG.normal(size=len(x))
    expected = correlate(x, y, size, resamples=100, params=np.exp(size)).row()
    order = RNG.permutation(len(x))
    shuffled = correlate(x[order], y[order], size[order], resamples=100, params=np.exp(size[order])).row()
    assert shuffled == pytest.approx(expected, nan_ok=True, rel=1e-12)
    again = correlate(np.cbrt(x) + 7, y, size, resamples=100, params=np.exp(size)).row()
    assert again == pytest.approx(expected, nan_ok=True, rel=1e-9)

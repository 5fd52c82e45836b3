import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from zsbench.results import corrected_tau, intraclass, kendall
from zsbench.results.reliability import perfect_tau, reliability_of_mean, seed_deviation, seeds_tau, seeds_tau_bootstrap
from zsbench.results.resampling import draws

RNG = np.random.default_rng(9)
ACCURACIES = 90 + 3 * RNG.normal(size=(25, 1)) + RNG.normal(size=(25, 3))
HOLES = np.where(RNG.random(ACCURACIES.shape) < 0.2, np.nan, ACCURACIES)


def measured(architectures, reliability, strength, seeds, rng):
    """Scores and accuracies of the Gaussian model: accuracies (architectures, seeds) with this reliability."""
    own = rng.normal(size=architectures)
    score = strength * own + math.sqrt(1 - strength**2) * rng.normal(size=architectures)
    noise = math.sqrt(1 / reliability - 1) * rng.normal(size=(architectures, seeds))
    return score, own, own[:, None] + noise


@pytest.mark.parametrize("reliability", [0.5, 0.9])
@pytest.mark.parametrize("strength", [0.2, -0.6, 1.0])
def test_the_gaussian_model_is_right_about_simulated_accuracies(reliability, strength):
    score, own, accuracies = measured(20_000, reliability, strength, 2, np.random.default_rng(3))
    tau = kendall(score, accuracies[:, 0])
    assert corrected_tau(tau, reliability) == pytest.approx(kendall(score, own), abs=0.02)
    assert kendall(own, accuracies[:, 0]) == pytest.approx(perfect_tau(reliability), abs=0.01)
    between = kendall(accuracies[:, 0], accuracies[:, 1])
    assert between == pytest.approx(2 / math.pi * math.asin(reliability), abs=0.01)
    assert perfect_tau(reliability) > between
    assert intraclass(accuracies[:500], raw=True) == pytest.approx(reliability, abs=0.06)
    mean = accuracies.mean(axis=1)
    assert kendall(own, mean) == pytest.approx(perfect_tau(reliability_of_mean(reliability, 2)), abs=0.01)


def test_the_correction_has_its_ends():
    assert corrected_tau(0.5, 1.0) == pytest.approx(0.5)
    assert corrected_tau(0.9, 0.1) == 1
    assert corrected_tau(-0.9, 0.1) == -1
    assert corrected_tau(0.0, 0.1) == 0
    assert all(math.isnan(corrected_tau(*one)) for one in ((0.5, 0.0), (0.5, -0.2), (0.5, math.nan), (math.nan, 0.5)))
    assert math.isnan(perfect_tau(math.nan))
    assert (perfect_tau(-0.1), perfect_tau(1.0)) == (0, 1)


def test_tau_between_seeds_is_the_mean_over_pairs_of_seeds():
    for values in (ACCURACIES, HOLES, np.round(HOLES)):
        taus = [stats.kendalltau(a, b, nan_policy="omit").statistic for a, b in combinations(np.asarray(values).T, 2)]
        assert seeds_tau(values) == pytest.approx(np.mean(taus))


def test_its_resamples_are_of_whole_architectures():
    ordered = HOLES[np.lexsort(HOLES.T[::-1])]
    slow = [seeds_tau(np.repeat(ordered, count, axis=0)) for count in draws(25, 60, seed=1)]
    expected = tuple(np.quantile(slow, [0.025, 0.975]))
    assert seeds_tau_bootstrap(HOLES, 60, seed=1) == pytest.approx(expected)
    assert seeds_tau_bootstrap(RNG.permutation(HOLES), 60, seed=1) == seeds_tau_bootstrap(HOLES, 60, seed=1)


def test_deviation_between_seeds_is_pooled_over_architectures():
    assert seed_deviation(ACCURACIES) == pytest.approx(math.sqrt(ACCURACIES.var(axis=1, ddof=1).mean()))
    assert seed_deviation([[1.0, 3.0, math.nan], [5.0, math.nan, math.nan], [4.0, 4.0, 7.0]]) == pytest.approx(
        math.sqrt((2 + 6) / 3)
    )


@pytest.mark.parametrize("values", [np.empty((0, 0)), np.empty((4, 1)), np.full((4, 2), math.nan), np.ones((4, 2))])
def test_too_little_gives_nan(values):
    assert math.isnan(seeds_tau(values))
    assert all(math.isnan(end) for end in seeds_tau_bootstrap(values, 10))
    if not (values == 1).all() or not values.size:
        assert math.isnan(seed_deviation(values))

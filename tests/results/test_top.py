import math
from itertools import permutations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import ndcg_score
from zsbench.results import ndcg_at_k, precision_at_k, top_kendall

RNG = np.random.default_rng(1)
CASES = {
    "continuous": (RNG.normal(size=60), RNG.normal(size=60)),
    "tied scores": (RNG.integers(0, 6, size=60), RNG.normal(size=60)),
    "tied accuracies": (RNG.normal(size=60), RNG.integers(0, 12, size=60)),
    "both": (RNG.integers(0, 6, size=60), RNG.integers(0, 12, size=60)),
}


def percentile(y):
    return (stats.rankdata(y) - 1) / (len(y) - 1)


def obvious_gain(x, y, size):
    """Mean over all orders that break the ties of x (few of them) of the discounted gain of the first `size`."""
    groups = [[i for i in range(len(x)) if x[i] == value] for value in sorted(set(x), reverse=True)]
    total, place = 0.0, 1
    for group in groups:
        sums = [
            sum(y[i] / math.log2(place + k + 1) for k, i in enumerate(order) if place + k <= size)
            for order in permutations(group)
        ]
        total += sum(sums) / len(sums)
        place += len(group)
    return total


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("fraction", [0.1, 0.3, 1.0])
def test_top_tau_is_tau_over_the_best_with_the_last_ones_ties(case, fraction):
    x, y = (np.asarray(column, dtype=float) for column in CASES[case])
    last = np.sort(y)[::-1][max(10, round(fraction * 60)) - 1]
    expected = stats.kendalltau(x[y >= last], y[y >= last]).statistic
    assert top_kendall(x, y, fraction) == pytest.approx(expected)


def test_top_tau_of_ten_or_fewer_is_over_all():
    x, y = RNG.normal(size=(2, 8))
    assert top_kendall(x, y) == pytest.approx(stats.kendalltau(x, y).statistic)


def test_precision_without_ties_is_the_share_of_the_best_found():
    x, y = CASES["continuous"]
    for size in (1, 6, 20, 60):
        found = set(np.argsort(-x)[:size]) & set(np.argsort(-y)[:size])
        assert precision_at_k(x, y, size / 60) == pytest.approx(len(found) / size)
    assert precision_at_k(y, y) == 1
    assert precision_at_k(-y, y) == 0


@pytest.mark.parametrize("case", ["tied scores", "tied accuracies", "both"])
def test_precision_breaks_ties_at_random(case):
    x, y = CASES[case]
    rng = np.random.default_rng(2)
    shares = []
    for _ in range(4000):
        tops = [set(np.lexsort((rng.random(60), values))[-6:]) for values in (x, y)]
        shares.append(len(tops[0] & tops[1]) / 6)
    assert precision_at_k(x, y) == pytest.approx(np.mean(shares), abs=4 * np.std(shares) / math.sqrt(4000))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("fraction", [0.1, 0.5, 1.0])
def test_ndcg_agrees_with_scikit_learn(case, fraction):
    x, y = (np.asarray(column, dtype=float) for column in CASES[case])
    expected = ndcg_score([percentile(y)], [x], k=round(60 * fraction))
    assert ndcg_at_k(x, y, fraction) == pytest.approx(expected)
    assert ndcg_at_k(x, np.exp(3 * y), fraction) == pytest.approx(expected), "of any unit"


def test_ndcg_agrees_with_its_definition():
    x, y = [3, 1, 1, 2, 2, 2, 0, 5], [0.5, 1, 0, 0.3, 0.7, 0.7, 0.2, 0.9]
    for size in (1, 2, 4, 8):
        gains = percentile(y)
        expected = obvious_gain(x, gains, size) / obvious_gain(y, gains, size)
        assert ndcg_at_k(x, y, size / 8) == pytest.approx(expected)
    assert ndcg_at_k(y, y) == 1


def test_chance_is_near_what_its_docstring_says_whatever_the_accuracies_are():
    rng = np.random.default_rng(4)
    for y in (rng.normal(size=200), np.where(rng.random(200) < 0.03, 10.0, 93 + rng.normal(size=200))):
        values = [ndcg_at_k(rng.normal(size=200), y) for _ in range(300)]
        assert np.mean(values) == pytest.approx(0.5 / (1 - 0.1 / 2), abs=0.02)


@pytest.mark.parametrize("statistic", [top_kendall, precision_at_k, ndcg_at_k])
def test_a_share_is_between_nothing_and_all(statistic):
    for fraction in (0, -0.1, 1.1):
        with pytest.raises(ValueError, match="fraction"):
            statistic([1, 2, 3], [1, 3, 2], fraction=fraction)

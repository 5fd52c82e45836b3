import math

import numpy as np
import pytest
from zsbench.results import best_of_top, best_of_top_share, top_accuracy, top_share_accuracy
from zsbench.results.resampling import complete, draws, varied
from zsbench.results.statistics import resampled

RNG = np.random.default_rng(9)
Y = RNG.normal(70, 5, size=40)
CASES = {
    "continuous": (RNG.normal(size=40), Y),
    "tied scores": (RNG.integers(0, 4, size=40), Y),
    "tied accuracies": (RNG.normal(size=40), np.round(Y / 4)),
    "both": (RNG.integers(0, 4, size=40), np.round(Y / 4)),
}


@pytest.mark.parametrize("size", [1, 6, 10, 40])
def test_without_ties_it_is_the_accuracy_of_the_first(size):
    x, y = CASES["continuous"]
    first = y[np.argsort(-x)[:size]]
    assert top_accuracy(x, y, size) == pytest.approx(first.mean())
    assert best_of_top(x, y, size) == pytest.approx(first.max())


@pytest.mark.parametrize("case", ["tied scores", "tied accuracies", "both"])
@pytest.mark.parametrize("size", [1, 6, 10])
def test_ties_are_broken_at_random(case, size):
    x, y = CASES[case]
    rng = np.random.default_rng(2)
    chosen = np.array([y[np.lexsort((rng.random(40), x))[-size:]] for _ in range(4000)])
    for statistic, values in ((top_accuracy, chosen.mean(axis=1)), (best_of_top, chosen.max(axis=1))):
        error = 4 * values.std() / math.sqrt(4000)
        assert statistic(x, y, size) == pytest.approx(values.mean(), abs=error + 1e-9)


def test_one_percent_is_one_at_least():
    x, y = RNG.normal(size=(2, 300))
    order = np.argsort(-x)
    assert top_share_accuracy(x, y) == pytest.approx(y[order[:3]].mean())
    assert best_of_top_share(x, y) == pytest.approx(y[order[:3]].max())
    few = CASES["continuous"]
    assert top_share_accuracy(*few) == best_of_top_share(*few) == few[1][few[0].argmax()]


def test_fewer_than_k_are_all_counted():
    x, y = RNG.normal(size=(2, 7))
    assert top_accuracy(x, y) == pytest.approx(y.mean())
    assert best_of_top(x, y) == y.max()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("statistic", [top_accuracy, best_of_top, top_share_accuracy, best_of_top_share])
def test_resamples_computed_together_agree_with_one_by_one(case, statistic):
    x, y = complete(*CASES[case])
    counts = varied(draws(40, 60, seed=1), x, y)
    slow = [statistic(np.repeat(x, count), np.repeat(y, count)) for count in counts]
    np.testing.assert_allclose(resampled(x, y, statistic, counts), slow)


def test_the_best_are_one_or_more():
    for statistic in (top_accuracy, best_of_top):
        with pytest.raises(ValueError, match="k must be"):
            statistic([1, 2, 3], [1, 3, 2], 0)

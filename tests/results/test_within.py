import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from zsbench.results import deciles, kendall, kendall_alike, kendall_within, spearman, spearman_within, within
from zsbench.results.resampling import complete, draws
from zsbench.results.statistics import TOGETHER, resampled

RNG = np.random.default_rng(5)
SIZES = np.exp(RNG.normal(12, 0.3, size=60))
CLASSES = RNG.integers(0, 5, size=60)
CASES = {
    "continuous": (RNG.normal(size=60), RNG.normal(size=60)),
    "ties": (RNG.integers(0, 4, size=60).astype(float), RNG.integers(0, 6, size=60).astype(float)),
    "follows": (SIZES, np.log(SIZES) + 0.1 * RNG.normal(size=60)),
}


def obvious(x, y, alike):
    """Tau-b by counting the pairs that are alike."""
    sums = [0, 0, 0]
    for i, j in combinations(range(len(x)), 2):
        if alike(i, j):
            of_x, of_y = np.sign(x[i] - x[j]), np.sign(y[i] - y[j])
            sums = [sums[0] + of_x * of_y, sums[1] + abs(of_x), sums[2] + abs(of_y)]
    return sums[0] / math.sqrt(sums[1] * sums[2])


def obvious_spearman(x, y, classes):
    """Pearson's correlation, through 0, of ranks within classes over the size of the class, less their mean."""
    ranks = []
    for values in (x, y):
        ranks.append(np.concatenate([_ranks(values[classes == name]) for name in np.unique(classes)]))
    return ranks[0] @ ranks[1] / math.sqrt((ranks[0] @ ranks[0]) * (ranks[1] @ ranks[1]))


def _ranks(values):
    ranks = stats.rankdata(values)
    return (ranks - ranks.mean()) / len(ranks)


@pytest.mark.parametrize("case", CASES)
def test_only_pairs_of_one_size_count(case):
    x, y = CASES[case]
    expected = obvious(x, y, lambda i, j: CLASSES[i] == CLASSES[j])
    assert kendall_within(x, y, CLASSES) == pytest.approx(expected)
    assert spearman_within(x, y, CLASSES) == pytest.approx(obvious_spearman(x, y, CLASSES))
    for ratio in (1.02, 1.1, 3.0):
        expected = obvious(x, y, lambda i, j, r=ratio: max(SIZES[i], SIZES[j]) <= r * min(SIZES[i], SIZES[j]))
        assert kendall_alike(x, y, SIZES, ratio) == pytest.approx(expected)


@pytest.mark.parametrize("case", CASES)
def test_with_one_class_they_are_the_usual_ones(case):
    x, y = CASES[case]
    assert kendall_within(x, y, np.ones(60)) == pytest.approx(kendall(x, y))
    assert kendall_alike(x, y, SIZES, 100) == pytest.approx(kendall(x, y))
    assert spearman_within(x, y, np.ones(60)) == pytest.approx(spearman(x, y))


def test_working_in_blocks_gives_the_same(monkeypatch):
    x, y = CASES["ties"]
    expected = kendall_alike(x, y, SIZES)
    monkeypatch.setattr(within, "BLOCK", 7)
    assert kendall_alike(x, y, SIZES) == pytest.approx(expected)


@pytest.mark.parametrize("case", CASES)
def test_resamples_computed_together_agree_with_one_by_one(case):
    x, y, sizes, classes = complete(*CASES[case], SIZES, CLASSES)
    counts = draws(60, 40, seed=1)
    for statistic, options in (
        (kendall_within, {"classes": classes}),
        (spearman_within, {"classes": classes}),
        (kendall_alike, {"sizes": sizes}),
    ):
        assert statistic in TOGETHER
        slow = [
            statistic(np.repeat(x, count), np.repeat(y, count), *(np.repeat(o, count) for o in options.values()))
            for count in counts
        ]
        np.testing.assert_allclose(resampled(x, y, statistic, counts, **options), slow, atol=1e-6)


def test_a_count_of_parameters_says_nothing_within_one_size():
    # Accuracy rises with size; within a size the score orders the wrong way round.
    size = np.repeat(np.arange(1, 9), 10)
    noise = RNG.normal(size=80)
    score, accuracy = size + 0.1 * noise, size - 0.1 * noise
    assert kendall(score, accuracy) > 0.7
    assert kendall_within(score, accuracy, size) == pytest.approx(-1)
    assert spearman_within(score, accuracy, size) == pytest.approx(-1)
    assert kendall_alike(score, accuracy, size) == pytest.approx(-1)
    assert math.isnan(kendall_within(size, accuracy, size))


def test_deciles_hold_a_tenth_each_and_keep_equal_sizes_together():
    groups = deciles(RNG.permutation(200))
    assert np.bincount(groups.astype(int)).tolist() == [20] * 10
    sizes = RNG.integers(0, 6, size=100).astype(float)
    sizes[3] = math.nan
    tied = deciles(sizes)
    assert math.isnan(tied[3])
    for size in range(6):
        assert len(set(tied[sizes == size])) == 1
    order = np.argsort(sizes[np.isfinite(sizes)])
    assert (np.diff(tied[np.isfinite(sizes)][order]) >= 0).all()


def test_too_little_gives_nan():
    for statistic in (kendall_within, spearman_within, kendall_alike):
        assert math.isnan(statistic([], [], []))
        assert math.isnan(statistic([1, 2, 3], [1, 1, 1], [1, 1, 1]))
        assert math.isnan(statistic([1, 2, 3], [1, 2, 3], [1, 2, 4]))

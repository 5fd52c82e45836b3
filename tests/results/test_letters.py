import math
from itertools import combinations

import numpy as np
import pytest
from scipy import stats
from zsbench.results import letters
from zsbench.results.letters import differing, tied_sets
from zsbench.results.means import spread_alike

RNG = np.random.default_rng(4)
ALIKE = [RNG.normal(mean, 1.0, size=size) for mean, size in ((90, 5), (91, 6), (93, 5), (94.5, 4), (90.2, 7))]
UNLIKE = [RNG.normal(mean, sd, size=8) for mean, sd in ((90, 0.1), (90.4, 0.1), (91, 3), (70, 9), (90.1, 0.1))]


def games_howell(groups, level):
    """Pair by pair, from the definition."""
    found = np.zeros((len(groups), len(groups)), dtype=bool)
    for i, j in combinations(range(len(groups)), 2):
        a, b = groups[i], groups[j]
        parts = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
        freedom = sum(parts) ** 2 / (parts[0] ** 2 / (len(a) - 1) + parts[1] ** 2 / (len(b) - 1))
        q = abs(a.mean() - b.mean()) / math.sqrt(sum(parts) / 2)
        found[i, j] = found[j, i] = q > stats.studentized_range.ppf(level, len(groups), freedom)
    return found


def largest_tied(differ):
    """Every subset, tried."""
    rows = range(len(differ))
    tied = [
        set(some)
        for size in rows
        for some in combinations(rows, size + 1)
        if not any(differ[pair] for pair in combinations(some, 2))
    ]
    return {frozenset(some) for some in tied if not any(some < other for other in tied)}


@pytest.mark.parametrize("level", [0.5, 0.8, 0.95, 0.999])
def test_rows_that_spread_alike_are_compared_as_scipys_tukey_does(level):
    assert spread_alike(ALIKE)
    expected = stats.tukey_hsd(*ALIKE).pvalue < 1 - level
    np.testing.assert_array_equal(differing(ALIKE, level), expected)
    if level < 0.99:
        assert 0 < expected.sum() < expected.size


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_others_are_compared_as_games_and_howell_do(level):
    assert not spread_alike(UNLIKE)
    expected = games_howell(UNLIKE, level)
    np.testing.assert_array_equal(differing(UNLIKE, level), expected)
    assert 0 < expected.sum() < expected.size


@pytest.mark.parametrize("share", [0.1, 0.4, 0.8])
def test_letters_are_the_largest_sets_of_tied_rows(share):
    rng = np.random.default_rng(int(10 * share))
    for rows in (1, 2, 5, 8):
        for _ in range(10):
            upper = np.triu(rng.random((rows, rows)) < share, k=1)
            differ = upper | upper.T
            assert set(tied_sets(differ)) == largest_tied(differ)


def test_two_rows_share_a_letter_exactly_where_they_do_not_differ():
    for groups in (ALIKE, UNLIKE):
        found, differ = letters(groups), differing(groups)
        for i, j in combinations(range(len(groups)), 2):
            assert bool(set(found[i]) & set(found[j])) == (not differ[i, j])
        assert "a" in found[int(np.argmax([values.mean() for values in groups]))]


def test_letters_go_from_the_best_row_down():
    groups = [[70.0, 70.2, 70.1], [90.0, 90.1, 90.2], [], [90.1, 90.2, 90.0], [80.0, 80.1, 79.9]]
    assert letters(groups) == ["c", "a", "", "a", "b"]


def test_rows_of_one_winner_are_compared_by_the_variance_there_is():
    still = [[93.0, 93.0, 93.0], [93.0, 93.0, 93.0], [92.9, 92.9, 92.9]]
    assert letters(still, constant=[True] * 3) == ["a", "a", "b"]
    noisy = np.array([90.0, 94.0, 93.0])
    assert letters([*still, noisy], constant=[True] * 3 + [False]) == ["a", "a", "b", "ab"]
    # Against a row that varies, that row's variance decides, with its degrees of freedom.
    error = math.sqrt(noisy.var(ddof=1) / 3 / 2)
    quantile = stats.studentized_range.ppf(0.95, 2, 2)
    for factor, differs in ((0.99, False), (1.01, True)):
        distant = [noisy.mean() - factor * quantile * error] * 3
        assert differing([distant, noisy], constant=[True, False])[0, 1] == differs


def test_too_little_gives_no_letters_and_no_difference():
    assert letters([]) == []
    assert letters([[], []]) == ["", ""]
    assert letters([[1.0, 2.0]]) == [""]
    assert letters([[1.0], [50.0]]) == ["", ""], "no spread is known"
    assert letters([[1.0], [50.0]], constant=[True, True]) == ["", ""], "one seed confirms nothing"
    among_unequal = [*UNLIKE, np.array([40.0])]
    assert not differing(among_unequal)[-1].any()


def test_many_rows_have_letters_too():
    groups = [[float(row), row + 0.01, row - 0.01] for row in range(60)]
    found = letters(groups)
    assert len(set(found)) == 60
    assert found[59] == "a"
    assert found[0] == "(60)"


@pytest.mark.slow
@pytest.mark.parametrize("seeds", [2, 5])
def test_twelve_proxies_of_pure_noise_rarely_differ(seeds):
    rng = np.random.default_rng(seeds)
    tables = 200
    told = sum(bool(differing(rng.normal(90, 1, size=(12, seeds))).any()) for _ in range(tables))
    print(f"{told} of {tables} tables of noise show a difference, {seeds} seeds")
    assert told / tables <= 0.07

import math

import numpy as np
import pytest
from scipy import stats
from zsbench.results import partial_bootstrap, partial_spearman, spearman
from zsbench.results.resampling import complete, draws

RNG = np.random.default_rng(3)
SIZE = RNG.normal(size=(40, 2))
X = SIZE @ [1.0, 0.5] + RNG.normal(size=40)
Y = SIZE @ [0.5, 1.0] + 0.5 * X + RNG.normal(size=40)


def obvious(x, y, covariates):
    """Correlation of the residuals of least squares on the ranks."""
    design = np.column_stack([np.ones(len(x)), *(stats.rankdata(column) for column in np.transpose(covariates))])
    left = []
    for values in (x, y):
        ranks = stats.rankdata(values)
        left.append(ranks - design @ np.linalg.lstsq(design, ranks, rcond=None)[0])
    return np.corrcoef(*left)[0, 1]


def test_it_is_the_correlation_of_residuals_of_ranks():
    assert partial_spearman(X, Y, SIZE) == pytest.approx(obvious(X, Y, SIZE))
    tied = [np.round(values) for values in (X, Y, SIZE)]
    assert partial_spearman(*tied) == pytest.approx(obvious(*tied))


def test_with_one_covariate_it_is_the_textbook_formula():
    c = SIZE[:, 0]
    xy, xc, yc = spearman(X, Y), spearman(X, c), spearman(Y, c)
    expected = (xy - xc * yc) / math.sqrt((1 - xc**2) * (1 - yc**2))
    assert partial_spearman(X, Y, c) == pytest.approx(expected)


def test_covariates_may_be_collinear_or_constant():
    alone = partial_spearman(X, Y, SIZE[:, 0])
    assert partial_spearman(X, Y, np.column_stack([SIZE[:, 0], 30 * SIZE[:, 0]])) == pytest.approx(alone)
    assert partial_spearman(X, Y, np.column_stack([SIZE[:, 0], np.ones(40)])) == pytest.approx(alone)
    assert partial_spearman(X, Y, np.ones(40)) == pytest.approx(spearman(X, Y))


def test_resamples_computed_together_agree_with_one_by_one():
    x, y, *size = complete(X, Y, *SIZE.T)
    size = np.column_stack(size)
    values = [
        partial_spearman(np.repeat(x, count), np.repeat(y, count), np.repeat(size, count, axis=0))
        for count in draws(40, 80, seed=2)
    ]
    expected = np.quantile(values, [0.025, 0.975])
    assert partial_bootstrap(X, Y, SIZE, resamples=80, seed=2) == pytest.approx(tuple(expected))


def test_a_score_that_counts_parameters_has_none():
    params = np.exp(SIZE[:, 0])
    for score in (params, np.log(params), -1 / params):
        assert math.isnan(partial_spearman(score, Y, SIZE))
        assert all(math.isnan(end) for end in partial_bootstrap(score, Y, SIZE))


def test_too_few_rows_give_nan():
    assert math.isnan(partial_spearman(X[:4], Y[:4], SIZE[:4]))
    assert abs(partial_spearman(X[:5], Y[:5], SIZE[:5])) <= 1
    assert math.isnan(partial_spearman([], [], np.empty((0, 2))))
    gone = np.where(np.arange(40) < 36, np.nan, SIZE[:, 0])
    assert math.isnan(partial_spearman(X, Y, np.column_stack([gone, SIZE[:, 1]])))


def test_size_alone_explains_a_shared_cause():
    rng = np.random.default_rng(4)
    size = rng.normal(size=2000)
    x, y = size + 0.5 * rng.normal(size=(2, 2000))
    assert spearman(x, y) > 0.7
    assert abs(partial_spearman(x, y, size)) < 0.07

import numpy as np
import pytest
from zsbench.results import adjusted

RNG = np.random.default_rng(11)


def obvious(observed, drawn):
    """Share of resamples, with the data itself, whose highest t reaches a difference's own."""
    spreads = [np.std(values) for values in drawn]
    reached = [1] * len(observed)
    for place in range(drawn.shape[1]):
        highest = max((drawn[m][place] - observed[m]) / spreads[m] for m in range(len(observed)))
        for m in range(len(observed)):
            reached[m] += highest >= observed[m] / spreads[m]
    return [count / (drawn.shape[1] + 1) for count in reached]


def test_it_is_the_share_of_resamples_whose_highest_reaches_it():
    observed = np.array([0.3, 0.1, -0.2, 0.05])
    drawn = observed[:, None] + np.array([0.1, 0.2, 0.1, 0.4])[:, None] * RNG.normal(size=(4, 300))
    assert adjusted(observed, drawn) == pytest.approx(obvious(observed, drawn))


def test_one_difference_needs_no_correction():
    drawn = 0.2 + 0.1 * RNG.normal(size=(1, 5000))
    p = ((drawn - 0.2) >= 0.2).mean()
    assert adjusted([0.2], drawn)[0] == pytest.approx(p, abs=2e-3)


def test_independent_ones_are_corrected_as_by_sidak_and_alike_ones_hardly():
    own = RNG.normal(size=(8, 20_000))
    single = adjusted([2.0], 2.0 + own[:1])[0]
    observed = np.full(8, 2.0)
    apart = adjusted(observed, observed[:, None] + own)
    assert apart[0] == pytest.approx(1 - (1 - single) ** 8, abs=0.02)
    alike = adjusted(observed, observed[:, None] + own[:1] + 0.01 * own)
    assert alike[0] < 1.5 * single


def test_what_no_resample_changes_is_no_better_and_what_is_unknown_stays_so():
    drawn = 0.5 + 0.1 * RNG.normal(size=(3, 200))
    drawn[1], drawn[2] = 0, np.nan
    p = adjusted([0.5, 0.0, np.nan], drawn)
    assert p[0] == pytest.approx(1 / 201)
    assert p[1] == 1
    assert np.isnan(p[2])
    assert adjusted([], np.zeros((0, 10))).shape == (0,)
    assert np.isnan(adjusted([0.3], np.zeros((1, 0)))).all()

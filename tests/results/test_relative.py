import math

import numpy as np
import pytest
from scipy import stats
from zsbench.results import ranked

RNG = np.random.default_rng(8)


def test_ranks_are_added_over_components():
    components = np.round(RNG.normal(size=(30, 3)), 1)
    ranks = stats.rankdata(components, axis=0)
    np.testing.assert_allclose(ranked(components, "rank_sum"), ranks.sum(axis=1))
    np.testing.assert_allclose(ranked(components, "log_rank_sum"), np.log(ranks / 30).sum(axis=1))


def test_the_best_in_everything_has_the_highest():
    components = [[1, -math.inf], [2, 3], [math.inf, 3], [2, 0]]
    assert ranked(components, "rank_sum").tolist() == [2.0, 6.0, 7.5, 4.5]
    assert ranked([[1.0], [2.0]], "log_rank_sum")[1] == 0


def test_any_number_of_members():
    assert ranked(np.empty((0, 2)), "rank_sum").tolist() == []
    assert ranked([[5.0, 1.0]], "log_rank_sum").tolist() == [0.0]


def test_what_cannot_be_ranked_is_refused():
    with pytest.raises(ValueError, match="NaN"):
        ranked([[1.0, math.nan]], "rank_sum")
    with pytest.raises(ValueError, match="unknown rule 'sum'"):
        ranked([[1.0]], "sum")
    with pytest.raises(ValueError, match="components"):
        ranked([1.0, 2.0], "rank_sum")

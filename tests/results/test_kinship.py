import numpy as np
import pytest
from zsbench.results import mean_order, nearest


def test_a_function_of_a_count_is_found_whatever_its_scale() -> None:
    rng = np.random.default_rng(0)
    params = rng.integers(1000, 9000, 50).astype(float)
    kin = nearest(np.log(params) * 7 - 3, {"layers": rng.standard_normal(50), "params": params})
    assert kin is not None
    assert (kin.name, kin.tau, kin.same) == ("params", pytest.approx(1), True)
    turned = nearest(-params, {"params": params})
    assert turned is not None
    assert turned.same
    assert turned.tau == pytest.approx(-1)


def test_a_score_of_its_own_is_no_count() -> None:
    rng = np.random.default_rng(1)
    kin = nearest(rng.standard_normal(60), {"params": rng.standard_normal(60)})
    assert kin is not None
    assert not kin.same
    assert not kin.nearly


def test_mean_order_is_of_ranks_over_the_seeds_that_have_a_score() -> None:
    table = np.array([[1.0, 300.0], [2.0, 100.0], [3.0, np.nan], [np.nan, np.nan]])
    assert mean_order(table).tolist()[:3] == [1.5, 1.5, 3.0]
    assert np.isnan(mean_order(table)[3])


def test_nothing_to_compare_with() -> None:
    assert nearest(np.arange(5.0), {"constant": np.ones(5)}) is None

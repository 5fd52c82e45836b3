import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import synthetic_study
from scipy import stats
from zsbench.results import Store, comparison, references, with_references
from zsbench.results.references import BEST, RANDOM, expected_best, expected_best_bootstrap
from zsbench.results.resampling import draws

TRAINING = {"dataset": "digits", "status": "ok", "seed": 0, **synthetic_study.SCHEDULE}
ACCURACIES = 80 + 5 * np.random.default_rng(8).normal(size=13)


def build(path, accuracies):
    store = Store(path)
    for number, accuracy in enumerate(accuracies):
        store.add_samples([{"architecture": f"A{number}", "stratum": "random", "seed": 0}])
        store.add_training({**TRAINING, "architecture": f"A{number}", "accuracy": accuracy})
    return store


@pytest.mark.parametrize("values", [ACCURACIES[:7], np.round(ACCURACIES[:8] / 5)], ids=["plain", "ties"])
@pytest.mark.parametrize("tried", [1, 3, 7])
def test_expected_best_is_the_mean_over_all_draws(values, tried):
    expected = np.mean([max(some) for some in combinations(values, tried)])
    assert expected_best(values, tried) == pytest.approx(expected)


def test_its_resamples_computed_together_agree_with_one_by_one():
    ordered = np.sort(ACCURACIES)
    slow = [expected_best(np.repeat(ordered, count), 4) for count in draws(13, 50, seed=2)]
    assert expected_best_bootstrap(ACCURACIES, 4, 50, seed=2) == pytest.approx(tuple(np.quantile(slow, [0.025, 0.975])))


def test_ends_of_expected_best():
    assert expected_best(ACCURACIES, 1) == pytest.approx(ACCURACIES.mean())
    assert expected_best(ACCURACIES, 13) == ACCURACIES.max()
    assert math.isnan(expected_best(ACCURACIES, 14))
    assert all(math.isnan(end) for end in expected_best_bootstrap(ACCURACIES, 14))
    many = np.random.default_rng(0).normal(size=20_000)
    assert expected_best(many) == pytest.approx(1.539, abs=0.02)  # of ten standard normals


def test_references_are_of_the_random_sample(tmp_path):
    with build(tmp_path / "results.sqlite", ACCURACIES) as store:
        store.add_samples([{"architecture": "near the top", "stratum": "top", "seed": 0}])
        store.add_training({**TRAINING, "architecture": "near the top", "accuracy": 99.0})
        found = references(store)
    mean = found[RANDOM]["digits"]
    assert (mean.mean, mean.n) == (pytest.approx(ACCURACIES.mean()), 13)
    expected = stats.t.interval(0.95, 12, loc=ACCURACIES.mean(), scale=stats.sem(ACCURACIES))
    assert (mean.low, mean.high) == pytest.approx(expected)
    best = found[BEST]["digits"]
    assert best.mean == expected_best(ACCURACIES)
    assert (best.low, best.high) == expected_best_bootstrap(np.sort(ACCURACIES))


def test_a_sample_of_fewer_than_ten_has_no_best_of_ten(tmp_path):
    with build(tmp_path / "results.sqlite", ACCURACIES[:9]) as store:
        assert list(references(store)) == [RANDOM]
    with Store(tmp_path / "empty.sqlite") as store:
        assert references(store) == {}


def test_winners_of_another_schedule_have_no_reference(tmp_path):
    row = {**synthetic_study.CONTEXT, "proxy": "up", "strategy": "evolution", "seed": 0, "status": "done"}
    with build(tmp_path / "results.sqlite", ACCURACIES) as store:
        store.add_search({**row, "winner": "W"})
        assert list(references(store)) == [RANDOM, BEST], "the winner is not trained yet"
        store.add_training({**TRAINING, "architecture": "W", "accuracy": 90.0, "epochs": 500})
        assert references(store) == {}


def test_their_rows_stand_below_the_proxies(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen", "params"], ["cifar10"], 15, best=True) as store:
        table, found = comparison(store), references(store)
        together = with_references(store, table)
        size = store.samples()[["params", "macs", "layers"]].astype(float).mean()
    frame = together.on("cifar10")
    assert frame["proxy"].tolist() == ["zen", "params", RANDOM, BEST]
    assert frame["kind"].tolist() == ["proxy", "proxy", "reference", "reference"]
    for before, after in zip(table, together.of("proxy"), strict=True):
        pd.testing.assert_frame_equal(after, before, check_dtype=False)
    rows = frame.set_index("proxy")
    for name in (RANDOM, BEST):
        one = found[name]["cifar10"]
        assert tuple(rows.loc[name, ["mean", "low", "high", "n"]]) == one
        assert rows.at[name, "regret"] == 99.5 - one.mean
    assert rows.at[RANDOM, "half"] == pytest.approx(found[RANDOM]["cifar10"].high - found[RANDOM]["cifar10"].mean)
    assert math.isnan(rows.at[BEST, "half"])
    assert rows.loc[RANDOM, ["params", "macs", "layers"]].tolist() == size.tolist()

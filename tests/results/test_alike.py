import math

import pytest
import synthetic_study
from scipy import stats
from zsbench.results import Store, alike, clustered

SCORES = {"up": [1, 2, 3, 4, 5], "same": [1, 2, 3, 5, 4], "down": [5, 4, 3, 2, 1], "other": [2, 5, 1, 4, 3]}


def store_of(path):
    store = Store(path)
    store.add_proxies(
        {"proxy": name, "higher_is_better": name != "down", "deterministic": True} for name in [*SCORES, "none"]
    )
    for number in range(5):
        name = synthetic_study.structure(number)
        store.add_samples([{"architecture": name, "stratum": "random", "seed": 0}])
        for proxy, values in SCORES.items():
            store.add_score(synthetic_study.score_row(proxy, name, float(values[number]), 100))
        store.add_score(synthetic_study.score_row("none", name, None, 100, status="nan"))
    return store


def test_scores_are_turned_and_every_pair_is_there_twice(tmp_path):
    with store_of(tmp_path / "s.sqlite") as store:
        frame = alike(store)
    assert len(frame) == 25
    tau = frame.set_index(["first", "second"])["tau"]
    assert tau["up", "down"] == tau["down", "up"] == pytest.approx(1), "a lower score of `down` is the better one"
    assert tau["up", "up"] == pytest.approx(1)
    assert tau["up", "other"] == stats.kendalltau(SCORES["up"], SCORES["other"]).statistic
    assert math.isnan(tau["up", "none"])


def test_neighbours_order_alike(tmp_path):
    with store_of(tmp_path / "s.sqlite") as store:
        order = clustered(alike(store))
    assert sorted(order) == sorted(SCORES), "a proxy without scores is left out"
    assert order[0] == "other" or order[-1] == "other"
    assert abs(order.index("up") - order.index("down")) == 1


def test_nothing_scored_has_no_order(tmp_path):
    with Store(tmp_path / "s.sqlite") as store:
        assert alike(store).empty
        assert clustered(alike(store)) == []

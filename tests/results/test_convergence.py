import math

import pytest
import synthetic_study
from zsbench.results import Store, convergence, ranked

SCORE = synthetic_study.score_row
KEY = {**synthetic_study.CONTEXT, "strategy": "evolution", "status": "done"}
SAMPLE = {"A": 1.0, "B": 2.0, "C": 3.0, "D": 4.0}


@pytest.fixture
def store(tmp_path):
    """Four samples, scored by a proxy in each direction and a relative one."""
    with Store(tmp_path / "results.sqlite") as store:
        for name, upwards, rule in (("up", True, None), ("down", False, None), ("both", True, "rank_sum")):
            store.add_proxies([{"proxy": name, "higher_is_better": upwards, "deterministic": True, "relative": rule}])
        for name, value in SAMPLE.items():
            store.add_samples([{"architecture": name, "stratum": "random", "seed": 0}])
            store.add_scores([SCORE(proxy, name, value, 100) for proxy in ("up", "down")])
            store.add_score(SCORE("both", name, None, 100, components=[value, -value % 3]))
        yield store


def search(store, proxy, value=None, seed=0, score_seed=0, winner="W", **more):
    store.add_search(
        {**KEY, "proxy": proxy, "seed": seed, "score_seed": score_seed, "winner": winner, "value": value, **more}
    )


def percentiles(store):
    return convergence(store)["score_percentile"].tolist()


def test_percentile_is_the_share_of_the_sample_that_the_winner_is_as_good_as(store):
    for seed, value in enumerate((0.5, 1.0, 3.5, 4.0, 9.0)):
        search(store, "up", value, seed)
        search(store, "down", value, seed)
    frame = convergence(store)
    assert frame.columns.tolist() == ["proxy", "strategy", "seed", "score_percentile", "value", "best_of_sample"]
    found = {proxy: rows.sort_values("seed")["score_percentile"].tolist() for proxy, rows in frame.groupby("proxy")}
    assert found == {"up": [0, 25, 75, 100, 100], "down": [100, 100, 25, 25, 0]}
    assert frame.groupby("proxy")["best_of_sample"].unique().map(list).to_dict() == {"up": [4.0], "down": [1.0]}


def test_only_scores_under_the_search_s_score_seed_compare(store):
    search(store, "up", 3.5, seed=7, score_seed=0)
    search(store, "up", 3.5, seed=8, score_seed=1)
    for name in ("C", "D"):  # which the search met
        store.add_score(SCORE("up", name, 9.0, 100, seed=1))
    assert percentiles(store)[0] == 75
    assert math.isnan(percentiles(store)[1]), "two of the sample are no sample"
    for name in ("A", "B"):
        store.add_score(SCORE("up", name, 9.0, 100, seed=1))
    assert percentiles(store) == [75, 0]


def test_only_ok_scores_of_the_random_sample_count(store):
    store.add_samples([{"architecture": "near the top", "stratum": "top", "seed": 0}])
    store.add_score(SCORE("up", "near the top", 99.0, 100))
    store.add_samples([{"architecture": "E", "stratum": "random", "seed": 0}])
    store.add_score(SCORE("up", "E", None, 100, status="nan"))
    search(store, "up", 4.0)
    assert percentiles(store) == [100]


def test_a_relative_winner_is_ranked_with_the_sample(store):
    store.add_score(SCORE("both", "W", None, 100, components=[3.5, 0.5]))
    search(store, "both")
    search(store, "both", winner="never scored", seed=1)
    row = convergence(store).iloc[0]
    scores = ranked([*([value, -value % 3] for value in SAMPLE.values()), [3.5, 0.5]], "rank_sum")
    assert row["value"] == scores[-1]
    assert row["best_of_sample"] == max(scores[:-1])
    assert row["score_percentile"] == 100 * sum(score <= scores[-1] for score in scores[:-1]) / 4
    assert 0 < row["score_percentile"] < 100
    assert math.isnan(percentiles(store)[1])


def test_nothing_is_said_without_a_winner_or_a_sample(store, tmp_path):
    search(store, "up", winner=None, status="exhausted")
    assert math.isnan(percentiles(store)[0])
    with Store(tmp_path / "other.sqlite") as other:
        assert convergence(other).empty
        other.add_proxies([{"proxy": "up", "higher_is_better": True, "deterministic": True}])
        search(other, "up", 4.0)
        assert math.isnan(percentiles(other)[0])

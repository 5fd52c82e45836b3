import math

import pytest
import synthetic_study
from zsbench.results import Store, critical_difference, placing

CONTEXT = {**synthetic_study.CONTEXT, "strategy": "evolution", "status": "done"}


def store_of(path, reached, datasets=("digits",)):
    """Searches of proxies whose winner under seed s reaches `reached[proxy][s]` percent on every data set."""
    store = Store(path)
    store.add_proxies({"proxy": name, "higher_is_better": True, "deterministic": True} for name in reached)
    for proxy, accuracies in reached.items():
        for seed, accuracy in enumerate(accuracies):
            winner = f"{proxy}{seed}"
            store.add_search({**CONTEXT, "proxy": proxy, "seed": seed, "winner": winner})
            row = {"architecture": winner, "seed": 0, "accuracy": accuracy, "status": "ok"}
            for dataset in datasets if accuracy is not None else ():
                store.add_training({**row, **synthetic_study.SCHEDULE, "dataset": dataset})
    return store


def test_critical_difference_is_that_of_the_tables():
    # Demšar 2006, table 5a: q = 2.343, 2.728, 3.164 for 3, 5, 10 classifiers.
    for rows, q in ((3, 2.343), (5, 2.728), (10, 3.164)):
        assert critical_difference(rows, 14) == pytest.approx(q * math.sqrt(rows * (rows + 1) / (6 * 14)), rel=1e-3)


def test_ranks_are_means_over_seeds_and_ties_are_shared(tmp_path):
    reached = {"a": [90.0, 90.0], "b": [80.0, 90.0], "c": [70.0, 70.0]}
    with store_of(tmp_path / "s.sqlite", reached) as store:
        found = placing(store)
    assert found.rows["proxy"].tolist() == ["a", "b", "c"]
    assert found.rows["mean_rank"].tolist() == [1.25, 1.75, 3.0]
    assert found.seeds == 2
    assert found.ties == [(0, 2)], "two seeds tell nothing apart"


def test_many_seeds_tell_rows_apart(tmp_path):
    reached = {"a": [90.0] * 20, "b": [80.0] * 20, "c": [70.0, 79.0] * 10, "d": [75.0, 75.0] * 10}
    with store_of(tmp_path / "s.sqlite", reached) as store:
        found = placing(store)
    assert found.rows["proxy"].tolist()[:2] == ["a", "b"]
    assert found.ties == [(0, 1), (2, 3)] or found.ties == [(0, 1), (1, 3)]
    assert all(last - first > 0 for first, last in found.ties)


def test_data_sets_of_one_winner_are_one_observation(tmp_path):
    reached = {"a": [90.0, 91.0], "b": [80.0, 81.0], "c": [70.0, 71.0]}
    with store_of(tmp_path / "one.sqlite", reached) as one, store_of(tmp_path / "two.sqlite", reached, "xy") as two:
        assert placing(one).difference == placing(two).difference
        assert placing(two).rows["mean_rank"].tolist() == [1, 2, 3]


def test_rows_without_a_winner_under_every_seed_are_left_out(tmp_path):
    reached = {"a": [90.0, 91.0], "b": [80.0, None], "c": [70.0, 71.0], "d": [60.0, 61.0]}
    with store_of(tmp_path / "s.sqlite", reached) as store:
        assert placing(store).rows["proxy"].tolist() == ["a", "c", "d"]
    with store_of(tmp_path / "few.sqlite", {"a": [90.0, 91.0], "b": [80.0, 81.0]}) as store:
        assert placing(store).rows.empty
    with Store(tmp_path / "empty.sqlite") as store:
        assert placing(store).rows.empty

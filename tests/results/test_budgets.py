import math

import numpy as np
import pytest
import synthetic_study
from zsbench.results import Store, accuracy_curves, budgets
from zsbench.results.budgets import led, steps

KEY = {**synthetic_study.CONTEXT, "proxy": "up", "strategy": "evolution", "status": "done", "score_seed": 0}
TRAINING = {"dataset": "digits", "status": "ok", "seed": 0, **synthetic_study.SCHEDULE}
ACCURACIES = {"A": 70.0, "B": 80.0, "C": 75.0, "D": 90.0}


@pytest.fixture
def store(tmp_path):
    """Two searches of 100 evaluations: A, B, then an untrained one and D; and C, then D."""
    with Store(tmp_path / "results.sqlite") as store:
        store.add_proxies([{"proxy": "up", "higher_is_better": True, "deterministic": True}])
        for name, accuracy in ACCURACIES.items():
            store.add_training({**TRAINING, "architecture": name, "accuracy": accuracy})
        for seed, curve in enumerate([[(1, "A"), (4, "B"), (20, "untrained"), (50, "D")], [(2, "C"), (30, "D")]]):
            found = [
                {"evaluation": place, "value": place, "architecture": name, "seconds": 0.5 * place}
                for place, name in curve
            ]
            ends = {"winner": "D", "evaluations": 100, "seconds": 55.0 + seed}
            store.add_search({**KEY, "seed": seed, **ends}, found)
        yield store


def test_a_curve_has_every_leader_and_the_end(store):
    frame = accuracy_curves(store)
    assert list(frame.columns) == ["proxy", "strategy", "seed", "dataset", "evaluation", "seconds", "accuracy"]
    first = frame[frame["seed"] == 0]
    assert first["evaluation"].tolist() == [1, 4, 20, 50, 100]
    assert first["seconds"].tolist() == [0.5, 2.0, 10.0, 25.0, 55.0]
    np.testing.assert_array_equal(first["accuracy"], [70, 80, math.nan, 90, 90])
    assert frame[frame["seed"] == 1]["accuracy"].tolist() == [75, 90, 90]


def test_budgets_are_quantiles_over_seeds_of_who_leads_there(store):
    frame = budgets(accuracy_curves(store))
    rows = frame[frame["axis"] == "evaluations"].set_index("budget")
    assert rows.index[[0, -1]].tolist() == [2, 100]
    assert rows.loc[[2, 4, 20, 32, 50, 100], "n"].tolist() == [2, 2, 1, 1, 2, 2]
    assert rows.loc[[2, 4, 20, 32, 50], "median"].tolist() == [72.5, 77.5, 75, 90, 90]
    assert rows.loc[4, ["low", "high"]].tolist() == np.quantile([75, 80], [0.25, 0.75]).tolist()
    timed = frame[frame["axis"] == "seconds"].set_index("budget")
    assert timed.index[[0, -1]].tolist() == [1.0, 56.0], "to the end of the longer search"
    assert timed.at[2.0, "median"] == 77.5


def test_budgets_agree_with_a_walk_along_each_curve(tmp_path):
    with synthetic_study.build(
        tmp_path / "results.sqlite", ["zen", "params"], ["cifar10"], 5, 3, leaders=True
    ) as store:
        curves = accuracy_curves(store)
    frame = budgets(curves)
    assert set(frame["proxy"]) == {"zen", "params"}
    assert frame["n"].unique().tolist() == [3]
    for row in frame.to_dict("records"):
        column = {"evaluations": "evaluation", "seconds": "seconds"}[row["axis"]]
        reached = []
        for _, search in curves[curves["proxy"] == row["proxy"]].groupby("seed"):
            best = math.nan
            for spent, accuracy in zip(search[column], search["accuracy"], strict=True):
                if spent <= row["budget"]:
                    best = accuracy
            reached.append(best)
        assert row["median"] == pytest.approx(np.median(reached))


def test_too_few_known_accuracies_make_no_budgets(store):
    curves = accuracy_curves(store)
    only_winners = curves.assign(accuracy=curves["accuracy"].where(curves["accuracy"] == 90))
    assert budgets(only_winners).empty
    other = only_winners["accuracy"] - only_winners["seed"]
    assert budgets(only_winners.assign(accuracy=other)).empty, "two winners are no way from one to the other"
    assert not budgets(curves).empty
    without_time = curves.assign(seconds=math.nan)
    assert budgets(without_time)["axis"].unique().tolist() == ["evaluations"]


def test_an_empty_store_has_empty_frames(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        assert accuracy_curves(store).empty
        assert budgets(accuracy_curves(store)).empty


def test_budgets_are_the_same_numbers_for_every_search():
    assert steps(1, 12, whole=True) == [1, 2, 3, 4, 5, 6, 8, 10, 12]
    assert steps(0.013, 0.05, whole=False) == [0.013, 0.016, 0.02, 0.025, 0.032, 0.04, 0.05]
    assert set(steps(3, 900, whole=True)[:-1]) < set(steps(1, 1000, whole=True))
    assert steps(5, 5, whole=True) == [5]
    assert steps(0, 5, whole=False) == [5]
    assert steps(0, 0, whole=False) == []


def test_nothing_leads_before_the_first():
    found = led([3, 9], [50.0, 60.0], [2, 3, 8.9, 9, 1000])
    np.testing.assert_array_equal(found, [math.nan, 50, 50, 60, 60])

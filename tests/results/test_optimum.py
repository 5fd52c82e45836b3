import math

import pytest
import synthetic_study
from zsbench.results import Store, optima, points

PROXIES = ["zen", "params", "te_nas_zen"]


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    path = tmp_path_factory.mktemp("optimum") / "results.sqlite"
    with synthetic_study.build(path, PROXIES, samples=25, broken=True) as store:
        yield store


def test_it_is_what_the_score_ranks_highest(study):
    frame = optima(study).set_index(["proxy", "dataset"])
    for proxy, sign in (("zen", 1), ("te_nas_zen", -1)):
        mine = points(study).query("kind == 'sample' and dataset == 'cifar10' and proxy == @proxy")
        best = mine.loc[(sign * mine["score"]).idxmax()]
        row = frame.loc[(proxy, "cifar10")]
        assert (row["architecture"], row["tied"], row["n"]) == (best["architecture"], 1, 25)
        assert row["optimum_accuracy"] == best["accuracy"]
        assert row["optimum_regret"] == pytest.approx(mine["accuracy"].max() - best["accuracy"])
    assert set(frame["reference"]) == {"sample"}
    broken = frame.loc[(synthetic_study.BROKEN, "cifar10")]
    assert (broken["n"], broken["tied"]) == (0, 0)
    assert broken[["architecture", "optimum_accuracy"]].isna().all()
    assert math.isnan(broken["optimum_regret"])


def test_regret_is_to_the_best_of_the_table_where_there_is_one(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], samples=9, best=True) as store:
        frame = optima(store).set_index("dataset")
    assert frame.at["cifar100", "optimum_regret"] == pytest.approx(81.25 - frame.at["cifar100", "optimum_accuracy"])
    assert set(frame["reference"]) == {"table"}


def test_ties_and_score_seeds_count_by_their_mean(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        store.add_proxies([{"proxy": "up", "higher_is_better": True, "deterministic": False}])
        for number, (first, second, accuracy) in enumerate([(5, 1, 60), (5, 2, 70), (1, 9, 90), (2, 3, 95)]):
            name = synthetic_study.structure(number)
            store.add_samples([{"architecture": name, "stratum": "random", "seed": 0}])
            for seed, value in ((0, first), (1, second)):
                store.add_score(synthetic_study.score_row("up", name, value, 100, seed=seed))
            row = {"architecture": name, "dataset": "digits", "seed": 0, "accuracy": accuracy, "status": "ok"}
            store.add_training({**row, **synthetic_study.SCHEDULE}, [])
        row = optima(store).iloc[0]
    names = [synthetic_study.structure(number) for number in (0, 1)]
    assert (row["tied"], row["architecture"]) == (2, min(names))
    assert row["optimum_accuracy"] == pytest.approx((65 + 90) / 2)
    assert row["optimum_regret"] == pytest.approx(95 - 77.5)

import math

import numpy as np
import pytest
import synthetic_study
from scipy import stats
from zsbench.results import (
    Store,
    accuracy_noise,
    comparison,
    corrected_tau,
    correlations,
    failures,
    points,
    published,
    search_curves,
    winners,
)

SCORE = synthetic_study.score_row


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    with synthetic_study.build(tmp_path_factory.mktemp("study") / "results.sqlite", broken=True) as store:
        yield store


@pytest.fixture
def small(tmp_path):
    """Four samples with hand-made numbers, two proxies of which `down` is lower-is-better, one winner."""
    with Store(tmp_path / "results.sqlite") as store:
        store.add_proxies(
            {"proxy": name, "higher_is_better": name == "up", "deterministic": True} for name in ("up", "down")
        )
        for place, name in enumerate("ABCD"):
            store.add_samples([{"architecture": name, "stratum": "random", "seed": 0, "params": 100, "macs": 10}])
            add_training(store, name, 80 + place)
            store.add_score(SCORE("up", name, float(place), 100))
            store.add_score(SCORE("down", name, float(place), 100))
        yield store


def add_training(store, architecture, accuracy, seed=0, **more):
    row = {"architecture": architecture, "dataset": "digits", "seed": seed, "accuracy": accuracy, "status": "ok"}
    store.add_training({**row, **synthetic_study.SCHEDULE, **more})


def add_search(store, proxy, seed, **more):
    row = {"proxy": proxy, **synthetic_study.CONTEXT, "strategy": "evolution", "seed": seed, "status": "done"}
    store.add_search({**row, "params": 1000, "macs": 2000, "evaluations": 10, "seconds": 4.0, **more})


def test_comparison_has_a_row_per_proxy_in_their_order(study):
    found = comparison(study)
    frame, other = found.on("cifar10"), found.on("cifar100")
    assert (found.datasets, found.several) == (["cifar10", "cifar100"], False)
    assert frame["proxy"].tolist() == [*synthetic_study.PROXIES, synthetic_study.BROKEN]
    zen = frame.iloc[0]
    assert (zen["published"], other.iloc[0]["published"]) == (96.2, 80.1)
    assert (zen["n"], zen["winners"], zen["rejected"], zen["search_seconds"]) == (2, 2, 350, 322.5)
    assert math.isnan(frame.set_index("proxy").at["entropy", "published"])
    assert frame["statuses"].tolist() == [""] * 12 + ["error 300"]
    broken = frame.iloc[-1]
    assert broken["winners"] == broken["n"] == 0
    assert math.isnan(broken["mean"])
    assert math.isnan(broken["tau"])
    expected = correlations(study).query("proxy == 'zen' and dataset == 'cifar100'").iloc[0]
    for field in ("tau", "tau_low", "tau_high", "rho", "rho_low", "rho_high"):
        assert other.iloc[0][field] == expected[field]
    assert other.iloc[0]["sampled"] == expected["n"]


def test_accuracy_is_averaged_over_training_seeds_before_search_seeds(small):
    add_search(small, "up", 0, winner="W", value=9.0)
    add_search(small, "up", 1, winner="V", value=8.0)
    for seed, accuracy in enumerate([90.0, 92.0]):
        add_training(small, "W", accuracy, seed)
    add_training(small, "V", 95.0)
    row = comparison(small).accuracies.iloc[0]
    assert row["mean"] == 93.0
    assert row["n"] == 2
    assert row["half"] == pytest.approx(stats.t.ppf(0.975, 1) * np.std([91.0, 95.0], ddof=1) / math.sqrt(2))
    assert winners(small)["digits"].tolist() == [91.0, 95.0]


def test_a_lower_is_better_score_is_turned_for_the_correlation_only(small):
    tau = correlations(small).set_index("proxy")["tau"]
    assert (tau["up"], tau["down"]) == (1.0, -1.0)
    down = points(small).query("proxy == 'down'")
    assert down["score"].tolist() == [0.0, 1.0, 2.0, 3.0]


def test_winners_are_points_but_not_correlated(small):
    add_search(small, "up", 0, winner="W", value=-50.0)
    add_training(small, "W", 99.0)
    won = points(small).query("kind == 'winner'")
    assert won[["architecture", "score", "accuracy", "params"]].values.tolist() == [["W", -50.0, 99.0, 1000]]
    assert correlations(small).set_index("proxy").at["up", "tau"] == 1.0


def test_points_average_accuracies_and_leave_out_failures_and_other_seeds(small):
    small.add_score(SCORE("up", "A", 4.0, 100, seed=1))
    small.add_score(SCORE("up", "B", None, 100, seed=1, status="nan"))
    add_training(small, "A", 82.0, seed=1)
    add_training(small, "B", 0.0, seed=1, status="error")
    up = points(small).query("proxy == 'up'").set_index("architecture")
    assert up.at["A", "score"] == 0.0, "the score under the sample's seed, whatever a search with another one saw"
    assert up.at["A", "accuracy"] == 81.0
    assert (up.at["B", "score"], up.at["B", "accuracy"]) == (1.0, 81.0)
    small.add_samples([{"architecture": "E", "stratum": "random", "seed": 0}])
    small.add_score(SCORE("up", "E", None, 100, status="timeout"))
    assert correlations(small).set_index("proxy")["failed"].to_dict() == {"up": 1, "down": 0}
    assert comparison(small).searches["statuses"].tolist() == ["nan 1, timeout 1", ""]


def test_samples_and_winners_may_be_trained_under_different_schedules(small):
    add_search(small, "up", 0, winner="A", value=9.0)
    add_search(small, "down", 0, winner="W", value=9.0)
    add_training(small, "A", 97.0, epochs=100)
    add_training(small, "W", 98.0, epochs=100)
    assert winners(small)["digits"].tolist() == [97.0, 98.0]
    assert points(small).query("kind == 'sample' and proxy == 'up'")["accuracy"].tolist() == [80, 81, 82, 83]


def test_a_status_seen_by_search_and_store_counts_once(small):
    small.add_score(SCORE("up", "X", None, 100, status="error"))
    add_search(small, "up", 0, winner="A", value=1.0, statuses={"ok": 9, "error": 1, "inf": 2})
    assert comparison(small).searches["statuses"].tolist() == ["inf 2, error 1", ""]


def test_search_curves_run_to_the_last_evaluation(study):
    frame = search_curves(study)
    for (proxy, seed), curve in frame.groupby(["proxy", "seed"]):
        assert curve["evaluation"].is_monotonic_increasing
        assert curve["evaluation"].iloc[0] == 1
        assert curve["evaluation"].iloc[-1] == 1000
        search = study.searches(proxy=proxy, seed=seed).iloc[0]
        assert curve["value"].iloc[-1] == search["value"]
    assert frame["proxy"].unique().tolist() == list(synthetic_study.PROXIES)


def test_failures_carry_a_reason(study):
    frame = failures(study).set_index("stage")
    assert frame.at["score", "count"] == 40
    assert "mat1" in frame.at["score", "reason"]
    assert frame.loc["search", ["status", "count"]].tolist() == ["exhausted", 2]


def test_an_empty_store_gives_empty_frames(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        assert comparison(store).datasets == []
        frames = [frame(store) for frame in (correlations, failures, points, search_curves, winners)]
        for frame in (*frames, *comparison(store)):
            assert frame.empty
            assert len(frame.columns) > 3


def test_published_table():
    frame = published()
    assert list(frame.columns) == ["proxy", "dataset", "accuracy", "source"]
    assert frame.groupby("dataset")["proxy"].nunique().to_dict() == {"cifar10": 9, "cifar100": 9}
    best = frame.set_index(["proxy", "dataset"])["accuracy"]
    assert (best["incorporated_l", "cifar10"], best["incorporated_s", "cifar100"]) == (97.0, 81.1)


def test_strategies_are_told_apart_where_there_are_several(small):
    add_search(small, "up", 0, winner="A", value=3.0, evaluations=10, statuses={"ok": 8, "nan": 2})
    assert not comparison(small).several
    assert failures(small).empty
    add_search(small, "up", 0, strategy="random", winner="B", value=1.0, evaluations=20, statuses={"ok": 7, "nan": 3})
    add_search(small, "up", 1, strategy="random", winner="D", value=4.0, evaluations=40, statuses={"ok": 9, "nan": 1})
    add_search(small, "down", 0, strategy="random", status="exhausted", reason="no candidate")
    assert comparison(small).several
    frame = comparison(small).on("digits")
    assert frame[["proxy", "strategy"]].values.tolist() == [
        ["up", "evolution"], ["up", "random"], ["down", "evolution"], ["down", "random"],
    ]  # fmt: skip
    assert frame["mean"].tolist()[:2] == [80.0, 82.0]
    assert frame["winners"].tolist() == [1, 2, 0, 0]
    assert frame["n"].tolist() == [1, 2, 0, 0]
    assert frame["evaluations"].tolist()[:2] == [10.0, 30.0]
    # What is the proxy's own stands in each of its rows; a score that two strategies saw counts once.
    assert frame["tau"].tolist() == [1.0, 1.0, -1.0, -1.0]
    assert frame["statuses"].tolist() == ["nan 4", "nan 4", "", ""]
    assert failures(small)[["stage", "subject", "count"]].values.tolist() == [["search", "down, random", 1]]
    spread = np.std([81.0, 83.0], ddof=1)  # pooled over all groups, of which one has two values
    assert frame["half"].tolist()[:2] == pytest.approx([stats.t.ppf(0.975, 1) * spread / math.sqrt(n) for n in (1, 2)])


def test_curves_of_several_strategies_end_each_at_its_own_last_evaluation(small):
    for strategy, evaluations in (("local", 9), ("evolution", 12)):
        add_search(small, "up", 0, strategy=strategy, value=2.0, evaluations=evaluations)
    small.add_search(
        {**synthetic_study.CONTEXT, "proxy": "up", "strategy": "random", "seed": 0, "status": "done", "value": 5.0,
         "evaluations": 7},
        [{"evaluation": 2, "value": 5.0}],
    )  # fmt: skip
    frame = search_curves(small)
    assert list(frame.columns) == ["proxy", "strategy", "seed", "evaluation", "value"]
    assert frame.values.tolist() == [["up", "random", 0, 2, 5.0], ["up", "random", 0, 7, 5.0]]


def test_rows_carry_their_letters_and_how_many_networks_won(small):
    for name, accuracy in (("V", 95.0), ("W", 95.4)):
        add_training(small, name, accuracy)
    for seed, winner in enumerate("VWV"):
        add_search(small, "up", seed, winner=winner, value=9.0, score_seed=0)
    for seed in range(3):
        add_search(small, "down", seed, winner="A", value=0.5 if seed else 1.5, score_seed=0)
    frame = comparison(small).on("digits").set_index("proxy")
    assert frame["distinct_winners"].to_dict() == {"up": 2, "down": 1}
    assert frame["letters"].to_dict() == {"up": "a", "down": "b"}
    assert math.isnan(frame.at["down", "half"]), "one network, whatever the seed"
    spread = np.std([95.0, 95.4, 95.0], ddof=1)
    half = stats.t.ppf(0.975, 2) * spread / math.sqrt(3)
    assert frame.at["up", "half"] == pytest.approx(half)
    assert frame.at["up", "low"] == pytest.approx(frame.at["up", "mean"] - half)
    assert frame["score_percentile"].to_dict() == {"up": 100, "down": 50}, "the lowest of its searches"
    assert frame["kind"].unique().tolist() == ["proxy"]
    assert frame["tau_corrected"].isna().all(), "nothing is trained twice"


def test_tau_is_corrected_where_the_noise_of_accuracies_is_known(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], samples=20, replicates=15) as store:
        store.set_setting("training_seeds", "[0]")
        row = comparison(store).accuracies.iloc[0]
        noise = accuracy_noise(store).iloc[0]
    assert 0 < noise["accuracy_icc"] < 1
    assert row["tau_corrected"] == corrected_tau(row["tau"], noise["accuracy_icc"]) > row["tau"]


def test_a_failed_score_of_a_proxy_outside_the_study_is_counted(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], samples=4) as store:
        failed = synthetic_study.score_row("another", synthetic_study.structure(0), None, 1000, status="error")
        store.add_score({**failed, "reason": "no"})
        assert comparison(store).searches["proxy"].tolist() == ["zen"]

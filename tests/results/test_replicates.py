import math

import numpy as np
import pytest
import synthetic_study
from zsbench.results import Store, accuracies, accuracy_noise, intraclass, intraclass_bootstrap
from zsbench.results.reliability import perfect_tau, reliability_of_mean, seed_deviation, seeds_tau, seeds_tau_bootstrap

TRAINING = {"dataset": "digits", "status": "ok", **synthetic_study.SCHEDULE}
ACCURACIES = 80 + np.random.default_rng(1).normal(size=(8, 1)) * 4 + np.random.default_rng(2).normal(size=(8, 3))


def build(path, seeds_of, stratum="random", **more):
    """Eight sampled architectures, the first trained under the most seeds."""
    store = Store(path)
    for number, seeds in enumerate(seeds_of):
        store.add_samples([{"architecture": f"A{number}", "stratum": stratum, "seed": 0}])
        for seed in range(seeds):
            row = {"architecture": f"A{number}", "seed": seed, "accuracy": ACCURACIES[number, seed]}
            store.add_training({**TRAINING, **row, **more})
    return store


def test_noise_is_that_of_the_architectures_trained_twice(tmp_path):
    with build(tmp_path / "results.sqlite", [3, 3, 3, 3, 2, 1, 1, 1]) as store:
        row = accuracy_noise(store).iloc[0]
    values = ACCURACIES[:5].copy()
    values[4, 2] = math.nan
    assert row[["dataset", "architectures", "seeds", "correlated_seeds"]].tolist() == ["digits", 5, 3, 1]
    assert row["accuracy_icc"] == row["single_icc"] == intraclass(values, raw=True)
    assert tuple(row[["accuracy_icc_low", "accuracy_icc_high"]]) == intraclass_bootstrap(values, raw=True)
    assert row["noise_ceiling_tau"] == pytest.approx(seeds_tau(values))
    assert tuple(row[["noise_ceiling_tau_low", "noise_ceiling_tau_high"]]) == seeds_tau_bootstrap(values)
    assert row["seed_sd"] == seed_deviation(values)
    assert row["perfect_tau"] == perfect_tau(row["accuracy_icc"])


def test_a_correlation_with_means_over_seeds_is_more_reliable(tmp_path):
    with build(tmp_path / "results.sqlite", [2] * 8) as store:
        row = accuracy_noise(store).iloc[0]
    assert row["correlated_seeds"] == 2
    assert row["accuracy_icc"] == reliability_of_mean(row["single_icc"], 2) > row["single_icc"]
    assert row["accuracy_icc_high"] == reliability_of_mean(row["single_icc_high"], 2)
    assert row["accuracy_icc_low"] == row["single_icc_low"] < 0, "a mean of what is worse than noise is no better"


def test_seeds_of_replicates_count_for_the_noise_only(tmp_path):
    with build(tmp_path / "results.sqlite", [2] * 8) as store:
        store.set_setting("training_seeds", "[0]")
        row = accuracy_noise(store).iloc[0]
        assert accuracies(store, ["A3"])["accuracy"].tolist() == [ACCURACIES[3, 0]]
    assert (row["seeds"], row["correlated_seeds"]) == (2, 1)
    assert row["accuracy_icc"] == row["single_icc"] == intraclass(ACCURACIES[:, :2], raw=True)


def test_only_the_random_sample_under_the_schedule_of_the_correlation_counts(tmp_path):
    with build(tmp_path / "results.sqlite", [2] * 5 + [1] * 3) as store:
        for seed in range(3):
            for name in ("A5", "near the top"):
                other = {**TRAINING, "architecture": name, "seed": seed, "accuracy": 50.0}
                store.add_training({**other, "epochs": 500} if name == "A5" else other)
        store.add_samples([{"architecture": "near the top", "stratum": "top", "seed": 0}])
        row = accuracy_noise(store).iloc[0]
    assert (row["architectures"], row["seeds"]) == (5, 2)
    assert row["accuracy_icc"] == intraclass(ACCURACIES[:5, :2], raw=True)


def test_nothing_trained_twice_has_no_noise(tmp_path):
    with build(tmp_path / "results.sqlite", [1] * 8) as store:
        row = accuracy_noise(store).iloc[0]
    assert (row["architectures"], row["seeds"], row["correlated_seeds"]) == (0, 0, 1)
    assert row.drop(["dataset", "architectures", "seeds", "correlated_seeds"]).isna().all()
    with Store(tmp_path / "empty.sqlite") as store:
        assert accuracy_noise(store).empty

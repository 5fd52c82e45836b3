import math
from pathlib import Path

import pytest
import synthetic_study
from zsbench.results import Store, checked_budgets, failures, predicted_latencies, prediction_error

LATENCY = {"quantity": "latency_ms", "resolution": 224, "batch_size": 64, "precision": "float16", "device": "cuda",
           "repeats": 20, "spread": 0.01, "seconds": 1.0, "status": "ok"}  # fmt: skip
MACS = {**LATENCY, "quantity": "macs", "batch_size": 1, "precision": "exact", "device": "meta", "repeats": 1}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen", "flops"], datasets=(), samples=2) as store:
        yield store


def add(store: Store, role: str, *rows: tuple[str, float, float]) -> None:
    for architecture, predicted, measured in rows:
        values = {"architecture": architecture, "predicted": predicted, "measured": measured}
        store.add_measurement({**LATENCY, "role": role, **values})


def test_winners_stand_beside_their_searches(store: Store) -> None:
    winner = store.searches().winner[0]
    add(store, "winner", (winner, 0.45, 0.5), ("of another study", 1.0, 1.0))
    store.add_measurement({**MACS, "role": "winner", "architecture": winner, "predicted": 4e8, "measured": 4e8})
    checked = checked_budgets(store)
    assert list(checked["quantity"]) == ["latency_ms", "macs"]
    assert set(checked["proxy"]) == {store.searches().proxy[0]}
    assert list(checked["error"]) == pytest.approx([-0.1, 0.0])


def test_the_error_is_that_of_random_networks(store: Store) -> None:
    add(store, "sample", ("a", 1.1, 1.0), ("b", 1.9, 2.0), ("c", 3.6, 3.0), ("d", 3.5, 4.0))
    add(store, "winner", ("w", 9.0, 1.0))
    error = prediction_error(predicted_latencies(store))
    assert error.n == 4
    assert error.spearman == pytest.approx(0.8)  # of 1 2 4 3 and 1 2 3 4
    assert error.median_error == pytest.approx((0.1 + 0.125) / 2)


def test_the_machines_drift_is_not_the_predictors_error(store: Store) -> None:
    winner = store.searches().winner[0]
    for role, name in (("sample", "a"), ("winner", winner)):
        values = {"predicted": 1.0, "measured": 1.32, "spread": 0.12, "drift": 1.2}
        store.add_measurement({**LATENCY, **values, "role": role, "architecture": name})
    latencies = predicted_latencies(store)
    assert latencies["measured"].tolist() == pytest.approx([1.1, 1.1])
    assert latencies["spread"].tolist() == pytest.approx([0.1, 0.1])
    error = prediction_error(latencies)
    assert error.median_error == pytest.approx(1 - 1 / 1.1)
    assert error.raw_error == pytest.approx(1 - 1 / 1.32)
    (row,) = checked_budgets(store).to_dict("records")
    assert (row["measured"], row["drift"]) == (1.32, 1.2)
    assert row["error"] == pytest.approx(1 / 1.1 - 1)


def test_what_was_not_measured_counts_as_a_failure_only(store: Store) -> None:
    winner = store.searches().winner[0]
    failed = {"measured": None, "spread": None, "status": "error", "reason": "out of memory", "predicted": 1.0}
    store.add_measurement({**LATENCY, **failed, "role": "winner", "architecture": winner})
    assert predicted_latencies(store).empty
    (row,) = checked_budgets(store).to_dict("records")
    assert math.isnan(row["error"])
    assert row["reason"] == "out of memory"
    assert failures(store).to_dict("records") == [
        {"stage": "measurement", "subject": "latency_ms", "status": "error", "count": 1, "reason": "out of memory"}
    ]


def test_without_measurements_there_is_nothing(store: Store) -> None:
    assert checked_budgets(store).empty
    error = prediction_error(predicted_latencies(store))
    assert error.n == 0
    assert math.isnan(error.median_error)
    add(store, "sample", ("a", 1.1, 1.0))
    error = prediction_error(predicted_latencies(store))
    assert (error.n, error.median_error) == (1, pytest.approx(0.1))
    assert math.isnan(error.spearman)

from pathlib import Path

import pandas as pd
import pytest
import synthetic_study
from zsbench.reports import write_report
from zsbench.reports.latency import budget_rows, latency_scatter, told_error
from zsbench.results import Store, checked_budgets, facts

LATENCIES = pd.DataFrame(
    [("sample", f"s{i}", 0.1 * i * (1 + 0.05 * (-1) ** i), 0.1 * i, 0.01, 1.0) for i in range(1, 9)]
    + [("winner", "w", 0.5, 0.52, None, 1.0)],
    columns=["role", "architecture", "predicted", "measured", "spread", "drift"],
)
TIMED = {"quantity": "latency_ms", "resolution": 224, "batch_size": 64, "precision": "float16", "device": "cuda",
         "repeats": 20, "spread": 0.004, "status": "ok", "predicted": 0.48, "measured": 0.5}  # fmt: skip
COUNTED = {**TIMED, "quantity": "macs", "batch_size": 1, "precision": "exact", "device": "meta", "repeats": 1,
           "spread": 0.0, "predicted": 399_500_000, "measured": 399_500_000}  # fmt: skip


def points(figure) -> list[tuple[float, float]]:
    (ax,) = figure.axes
    return [tuple(pair) for bars in ax.containers for pair in zip(*bars[0].get_data(), strict=True)]


def test_the_scatter_has_a_point_for_every_network() -> None:
    figure = latency_scatter(LATENCIES)
    assert sorted(points(figure)) == sorted(LATENCIES[["measured", "predicted"]].itertuples(index=False, name=None))
    (ax,) = figure.axes
    assert ax.get_xlim() == ax.get_ylim()
    assert any("median error 5.0%" in text.get_text() for text in ax.texts)


def test_a_single_winner_is_drawn_too() -> None:
    assert points(latency_scatter(LATENCIES[LATENCIES.role == "winner"])) == [(0.52, 0.5)]
    assert told_error(LATENCIES[LATENCIES.role == "winner"]) == ""


def test_the_error_in_a_sentence() -> None:
    assert told_error(LATENCIES) == "Spearman's ρ 1.000, median relative error 5.0% over n = 8 random networks"
    drifted = told_error(LATENCIES.assign(drift=1.1))
    assert drifted.endswith("median relative error 5.0% (9.1% with the machine's drift) over n = 8 random networks")
    assert told_error(LATENCIES[:1]) == "median relative error 5.0% over n = 1 random networks"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen", "flops"], datasets=(), samples=0) as store:
        facts.write(store, {facts.TRAINING: None})
        yield store


def test_winners_are_listed_with_what_they_were_measured_on(store: Store, tmp_path: Path) -> None:
    winner = store.searches().winner[0]
    for row in (TIMED, COUNTED):
        store.add_measurement({**row, "role": "winner", "architecture": winner})
    timed, counted = budget_rows(checked_budgets(store))
    assert (timed["quantity"], timed["predicted"], timed["measured"]) == ("ms / image", "0.48", "0.5")
    assert (timed["spread"], timed["error"]) == ("0.004", "-4.0%")
    assert timed["setting"] == "224 px, batch 64, float16 on cuda, median of 20"
    assert (counted["measured"], counted["spread"], counted["error"]) == ("399,500,000", "–", "+0.0%")
    page = write_report(store, tmp_path / "report").read_text()
    assert "Budgets, checked" in page
    assert "399,500,000" in page
    assert "on the line both agree" in page.lower()


def test_a_failed_measurement_says_why(store: Store) -> None:
    failed = {**TIMED, "measured": None, "spread": None, "repeats": None, "status": "error", "reason": "out of memory"}
    store.add_measurement({**failed, "role": "winner", "architecture": store.searches().winner[0]})
    (row,) = budget_rows(checked_budgets(store))
    assert (row["measured"], row["error"], row["setting"]) == ("–", "–", "error: out of memory")


def test_a_study_without_budgets_to_check_and_trainings_says_nothing_of_them(store: Store, tmp_path: Path) -> None:
    page = write_report(store, tmp_path / "report").read_text()
    for absent in ("Budgets, checked", "Score and accuracy", "More statistics", "correlated with accuracies"):
        assert absent not in page
    told = (tmp_path / "report" / "table.md").read_text()
    assert "s / network" not in told
    assert "τ" not in told
    assert not (tmp_path / "report" / "plots" / "latency.png").exists()

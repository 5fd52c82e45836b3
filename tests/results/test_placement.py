import numpy as np
import pytest
from zsbench.results import placement, prepare
from zsbench.results.placement import own_interval


def scores(
    strengths: dict[str, float], n: int, seed: int = 0, seeds: int = 1
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Accuracies of n networks, and scores that are the accuracy times a strength, plus noise."""
    rng = np.random.default_rng(seed)
    accuracy = rng.standard_normal(n)
    return {
        name: strength * accuracy[:, None] + rng.standard_normal((n, seeds)) for name, strength in strengths.items()
    }, accuracy


def test_what_is_clearly_best_or_worst_is_placed_there() -> None:
    made, accuracy = scores({"best": 20, "middle": 0.5, "also": 0.5, "worst": -20}, 60)
    taus = prepare(made, accuracy)
    assert placement(taus, "best")[:4] == (1, 1, 1, 4)
    assert placement(taus, "worst")[:4] == (4, 4, 4, 4)
    found = placement(taus, "middle")
    assert (found.low, found.high, found.of) == (2, 3, 4), "the two in the middle cannot be told apart"
    rows = found.others.set_index("proxy")
    assert rows.loc["best", "high"] < 0 < rows.loc["worst", "low"]
    assert rows.loc["best", "p_adjusted"] < 0.01 < rows.loc["also", "p_adjusted"]


def test_one_that_orders_alike_is_level() -> None:
    made, accuracy = scores({"a": 1, "b": 1}, 30)
    made["copy"] = np.exp(made["a"])
    found = placement(prepare(made, accuracy), "a")
    row = found.others.set_index("proxy").loc["copy"]
    assert (row["difference"], row["low"], row["high"], row["p_adjusted"]) == (0, 0, 0, 1)
    assert placement(prepare(made, accuracy), "copy").rank == found.rank


def test_the_order_of_the_rows_changes_nothing() -> None:
    made, accuracy = scores({"a": 1, "b": 0.8, "c": 0}, 25, seeds=3)
    turned = {name: table[::-1] for name, table in made.items()}
    one, other = (placement(prepare(x, y), "a") for x, y in ((made, accuracy), (turned, accuracy[::-1])))
    assert one[:4] == other[:4]
    assert one.others.equals(other.others)


def test_failures_leave_an_architecture_out_of_the_comparisons_of_that_proxy_alone() -> None:
    made, accuracy = scores({"a": 1, "b": 1, "c": 1}, 20)
    made["b"][:5] = np.nan
    rows = placement(prepare(made, accuracy), "a").others.set_index("proxy")
    assert (rows.loc["b", "n"], rows.loc["c", "n"]) == (15, 20)
    made["c"][2:] = np.nan
    assert placement(prepare(made, accuracy), "a").of == 2, "two networks are too few to compare"


def test_without_resamples_the_set_is_the_rank() -> None:
    made, accuracy = scores({"a": 1, "b": 0.9, "c": 0}, 40)
    found = placement(prepare(made, accuracy, resamples=0), "b")
    assert found.rank == found.low == found.high
    assert own_interval(prepare(made, accuracy, resamples=0), "b")[0] == pytest.approx(
        placement(prepare(made, accuracy), "a").others.set_index("proxy").loc["b", "tau"]
    )


def test_equal_proxies_are_seldom_told_apart() -> None:
    """Of ten proxies that are all the same in truth, each should have every rank in its set, 95 times of 100."""
    told = 0
    for seed in range(40):
        made, accuracy = scores({f"p{place}": 0.5 for place in range(10)}, 40, seed)
        found = placement(prepare(made, accuracy, resamples=300), "p0")
        told += (found.low, found.high) != (1, 10)
    assert told <= 6  # 5 % of 40 is 2; more than 6 has a probability below 0.4 %

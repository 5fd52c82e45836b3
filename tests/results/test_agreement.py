"""Rank agreement of two ways to train, against scipy on pairs made by hand."""

import math
from typing import Any

import pandas as pd
import pytest
from scipy.stats import kendalltau, spearmanr
from zsbench.results import agreement

LETTERS = "abcdefgh"
SHORT = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0, 80.0]
LONG = [20.0, 15.0, 40.0, 41.0, 70.0, 60.0, 90.0, 95.0]


def rows(accuracies: list[float], recipe: str, seconds: float, **changed: Any) -> list[dict[str, Any]]:
    usual = {"dataset": "digits", "resolution": 16, "train_images": 900, "epochs": 10, "seed": 0}
    usual |= {"status": "ok", "source": "trained", "recipe": recipe, "seconds": seconds}
    return [
        {**usual, "architecture": name, "accuracy": value, **changed}
        for name, value in zip(LETTERS, accuracies, strict=False)
    ]


def test_two_recipes_over_the_same_architectures() -> None:
    found = agreement(pd.DataFrame(rows(LONG, "long", 60.0, epochs=100) + rows(SHORT, "short", 5.0)))
    (row,) = found.to_dict(orient="records")
    assert (row["dataset"], row["n"], row["seconds_cheaper"], row["seconds_dearer"]) == ("digits", 8, 5.0, 60.0)
    assert (row["cheaper"], row["dearer"]) == ("short, 10 epochs", "long, 100 epochs")
    assert row["tau"] == pytest.approx(kendalltau(SHORT, LONG).statistic)
    assert row["rho"] == pytest.approx(spearmanr(SHORT, LONG).statistic)
    assert row["tau_low"] < row["tau"] <= row["tau_high"] <= 1


def test_seeds_are_averaged_and_only_shared_architectures_count() -> None:
    first = rows(SHORT, "short", 5.0) + rows([v + 10 for v in SHORT[::-1]], "short", 5.0, seed=1)
    second = rows(LONG[:5], "long", 60.0)
    (row,) = agreement(pd.DataFrame(first + second)).to_dict(orient="records")
    assert row["n"] == 5
    assert math.isnan(row["tau"])  # the means are all 50: nothing to rank
    assert (row["cheaper"], row["dearer"]) == ("short", "long")


def test_failures_published_numbers_and_other_data_sets_do_not_count() -> None:
    usual = rows(SHORT, "short", 5.0)
    others = rows(LONG, "long", 60.0, status="nan") + rows(LONG, "long", 60.0, source="table")
    others += rows(LONG, "long", 60.0, dataset="cifar10")
    assert agreement(pd.DataFrame(usual + others)).empty


def test_every_two_of_three_are_compared() -> None:
    three = rows(SHORT, "a", 1.0) + rows(LONG, "b", 3.0) + rows(SHORT, "c", 2.0)
    found = agreement(pd.DataFrame(three))
    assert list(zip(found.cheaper, found.dearer, strict=True)) == [("a", "c"), ("a", "b"), ("c", "b")]
    assert found.tau[0] == pytest.approx(1)

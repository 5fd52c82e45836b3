import math

import pytest
import synthetic_study
from zsbench.results import comparison, over_random, with_references
from zsbench.results.references import RANDOM


def test_differences_are_to_the_random_network_and_the_published_random_row(tmp_path):
    with synthetic_study.build(tmp_path / "s.sqlite", ["zen", "entropy"], samples=12) as store:
        table = with_references(store, comparison(store))
    frame = over_random(table).set_index(["proxy", "dataset"])
    assert len(frame) == len(table.accuracies)
    on = table.on("cifar10").set_index("proxy")
    row = frame.loc["zen", "cifar10"]
    assert row["difference"] == on.at["zen", "mean"] - on.at[RANDOM, "mean"]
    half = math.hypot(on.at["zen", "half"], on.at[RANDOM, "half"])
    assert row["high"] - row["low"] == pytest.approx(2 * half)
    assert row["published"] == pytest.approx(96.2 - 93.5)
    assert frame.loc["zen", "cifar100"]["published"] == pytest.approx(80.1 - 71.1)
    assert math.isnan(frame.loc["entropy", "cifar10"]["published"])
    assert frame.loc[RANDOM, "cifar10"]["difference"] == 0
    assert math.isnan(frame.loc[RANDOM, "cifar10"]["low"])


def test_without_a_random_network_there_is_no_measured_difference(tmp_path):
    with synthetic_study.build(tmp_path / "s.sqlite", ["zen"], ["cifar10"], samples=12) as store:
        row = over_random(comparison(store)).iloc[0]
    assert math.isnan(row["difference"])
    assert row["published"] == pytest.approx(2.7)

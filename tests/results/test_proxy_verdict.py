import numpy as np
import pandas as pd
import pytest
from small_table import trained
from zsbench.reports import verdict_text
from zsbench.results import Trained, verdict


def with_mine(table: Trained, values: np.ndarray, deterministic: bool = False) -> Trained:
    """The table with the scores (n, seeds) of one more proxy, "mine"."""
    rows = [
        {"proxy": "mine", "seed": seed, "architecture": text, "value": value, "components": None,
         "status": "ok" if np.isfinite(value) else "nan", "reason": "" if np.isfinite(value) else "NaN", "seconds": 0.02}
        for seed, column in enumerate(values.T)
        for text, value in zip(table.samples["architecture"], column, strict=True)
    ]  # fmt: skip
    about = {"proxy": "mine", "higher_is_better": True, "deterministic": deterministic, "relative": None}
    return table.with_scores(pd.DataFrame(rows), pd.DataFrame([about]))


@pytest.fixture(scope="module")
def table() -> Trained:
    strengths = {"strong": 2.0, "good": 0.8, "fair": 0.6, "params": 0.4, "flops": 0.4}
    return trained(strengths, 80, 3)


def test_pure_noise_is_last_and_told_as_noise(table: Trained) -> None:
    noise = np.random.default_rng(5).standard_normal((80, 3))
    found = verdict("mine", "t", with_mine(table, noise), "cifar10")
    assert found.is_noise
    assert (found.placement.rank, found.placement.high) == (6, 6)
    assert found.correlation.tau_low < 0 < found.correlation.tau_high
    assert "It is noise: under another seed it orders the networks anew." in verdict_text(found)


@pytest.mark.parametrize(("turn", "told"), [(1, "it orders all networks as that does"), (-1, "in the opposite order")])
def test_a_count_of_parameters_is_told_to_be_one(table: Trained, turn: int, told: str) -> None:
    size = turn * np.sqrt(table.samples["params"].to_numpy("float64"))[:, None]
    found = verdict("mine", "t", with_mine(table, size, deterministic=True), "cifar10")
    assert found.counts_size
    text = verdict_text(found).replace("\n", " ")
    assert "It is a count of parameters in disguise" in text
    assert told in text


def test_a_good_proxy_is_told_to_be_better_than_size(table: Trained) -> None:
    rng = np.random.default_rng(6)
    accuracy = table.accuracies["accuracy"].to_numpy()
    good = 3 * accuracy[:, None] + rng.standard_normal((80, 3))
    found = verdict("mine", "t", with_mine(table, good), "cifar10")
    assert found.placement.rank == 1
    assert not found.is_noise
    text = verdict_text(found)
    assert "It orders the networks better than their size does." in text
    assert len(text.splitlines()) <= 24, "one screen"
    assert max(map(len, text.splitlines())) <= 88
    row = found.row()
    assert row["rank"] == 1
    assert row["tau"] == pytest.approx(found.correlation.tau)
    assert row["top_k_accuracy"] > row["mean_accuracy"]
    assert {one["proxy"] for one in row["against"]} >= {"params", "flops", "strong"}
    wrong = verdict("mine", "t", with_mine(table, -good), "cifar10")
    assert "orders the networks the wrong way round" in verdict_text(wrong)


def test_failures_are_counted_and_part_of_the_table_will_do(table: Trained) -> None:
    values = table.accuracies["accuracy"].to_numpy()[:, None] + np.random.default_rng(7).standard_normal((80, 2))
    values[:4] = np.nan
    texts = table.samples["architecture"].tolist()[:30]
    found = verdict("mine", "t", with_mine(table, values), "cifar10", texts)
    assert (found.n, found.total, found.failures["nan"]) == (26, 80, (8, "NaN"))
    assert "8 × nan, for example: NaN" in verdict_text(found)
    few = verdict("mine", "t", with_mine(table, values), "cifar10", texts[:14])
    assert "10 networks are too few to say what it is." in verdict_text(few)
    with pytest.raises(ValueError, match="fewer than 3 networks"):
        verdict("mine", "t", with_mine(table, values), "cifar10", texts[:5])


def test_a_proxy_that_is_another_is_told_so(table: Trained) -> None:
    strong = table.matrices(["strong"], pd.Index(table.samples["architecture"]))["strong"]
    found = verdict("mine", "t", with_mine(table, strong, deterministic=True), "cifar10")
    assert "It orders these networks as strong does" in verdict_text(found).replace("\n", " ")

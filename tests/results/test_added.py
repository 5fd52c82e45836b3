import numpy as np
import pytest
from zsbench.results import added, kendall


def test_a_new_source_adds_and_a_copy_does_not() -> None:
    rng = np.random.default_rng(0)
    parts = rng.standard_normal((3, 80))
    accuracy = parts.sum(axis=0)
    others = {"first": parts[0], "second": parts[1], "noise": rng.standard_normal(80)}
    found = added(parts[2], others, accuracy)
    assert found is not None
    assert set(found.pair) == {"first", "second"}
    assert found.tau_with > found.tau_pair + 0.1
    assert found.gain.difference == pytest.approx(found.tau_with - found.tau_pair)
    assert found.gain.low > 0
    noise = added(rng.standard_normal(80), others, accuracy)
    assert noise is not None
    assert noise.gain.difference < 0


def test_the_pair_is_the_best_and_its_best_partner() -> None:
    rng = np.random.default_rng(1)
    accuracy = rng.standard_normal(50)
    others = {name: weight * accuracy + rng.standard_normal(50) for name, weight in (("a", 0.2), ("b", 2), ("c", 0.5))}
    found = added(rng.standard_normal(50), others, accuracy)
    assert found is not None
    assert found.pair[0] == max(others, key=lambda name: kendall(others[name], accuracy))


def test_one_other_makes_no_pair() -> None:
    assert added(np.arange(9.0), {"a": np.arange(9.0)}, np.arange(9.0)) is None
    missing = np.array([np.nan, *range(8)])
    assert added(np.arange(9.0), {"a": np.arange(9.0), "b": missing}, np.arange(9.0)) is None

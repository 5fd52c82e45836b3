import pickle

import pytest
from zsbench import space
from zsbench.search import Budget, Evolution

RESNET = space.get("resnet")


def blocks(architecture: space.Structure) -> float:
    """A predictor of the test's own: a millisecond a layer."""
    return float(architecture.layers)


def test_a_latency_over_the_limit_is_a_violation() -> None:
    initial = RESNET.initial()
    assert Budget(latency_ms=6.0, latency=blocks).violation(initial) is None
    assert Budget(latency_ms=5.9, latency=blocks).violation(initial) == "latency"
    assert Budget(latency=blocks).violation(initial) is None


def test_latency_is_predicted_only_for_what_keeps_all_other_limits() -> None:
    asked = []
    budget = Budget(params=10, latency_ms=1.0, latency=lambda architecture: asked.append(architecture) or 2.0)
    assert budget.violation(RESNET.initial()) == "params"
    assert not asked


def test_a_search_keeps_a_latency() -> None:
    search = Evolution(RESNET, Budget(latency_ms=9.0, latency=blocks), seed=0, population=16)
    for _ in range(200):
        candidate = search.ask()
        assert candidate.layers <= 9
        search.tell(candidate, float(space.cost(candidate).macs))
    assert search.counts.rejected.keys() == {"latency"}


def test_a_limit_needs_a_predictor() -> None:
    with pytest.raises(ValueError, match="a limit of latency needs a predictor"):
        Budget(latency_ms=1.0)


def test_a_budget_with_a_latency_is_told_and_sent() -> None:
    budget = Budget(layers=14, latency_ms=0.3, latency=blocks)
    assert str(budget) == "layers ≤ 14, latency ≤ 0.3 ms per image"
    sent = pickle.loads(pickle.dumps(budget))
    assert sent == budget
    assert sent.violation(RESNET.initial()) == budget.violation(RESNET.initial()) == "latency"

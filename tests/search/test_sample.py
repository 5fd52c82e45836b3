import math
from collections import Counter
from itertools import islice

import pytest

import space
from search import Budget, ExhaustedError, stratified_sample, uniform_sample
from search import sample as sampling

RESNET = space.get("resnet")
LISTED = space.get("nasbench201")
BUDGET = Budget(params=300_000, layers=18)


def test_the_sample_is_distinct_within_the_budget_and_ascending() -> None:
    drawn = stratified_sample(RESNET, BUDGET, 25, seed=0)
    assert len(set(drawn)) == 25
    assert all(BUDGET.violation(a) is None for a in drawn)
    sizes = [BUDGET.cost(a).params for a in drawn]
    assert sizes == sorted(sizes)
    assert drawn == stratified_sample(RESNET, BUDGET, 25, seed=0)
    assert drawn != stratified_sample(RESNET, BUDGET, 25, seed=1)


def test_sizes_are_spread_evenly_over_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    pools = []
    original = sampling._pool
    monkeypatch.setattr(sampling, "_pool", lambda *a: pools.append(original(*a)) or pools[-1])
    drawn = stratified_sample(RESNET, BUDGET, 20, seed=3)
    assert len(set(pools[0])) == 20 * sampling.POOL
    assert set(drawn) <= set(pools[0])
    found = sorted(math.log(BUDGET.cost(a).params) for a in pools[0])
    kept = [math.log(BUDGET.cost(a).params) for a in drawn]
    assert (kept[0], kept[-1]) == (found[0], found[-1])
    # Half of the pool lies close under the budget; of the sample, most are smaller than that.
    median = found[len(found) // 2]
    assert sum(size < median for size in kept) / len(kept) > 0.7


def test_a_sample_may_be_spread_over_another_size() -> None:
    def macs(architecture: space.Structure) -> float:
        return float(BUDGET.cost(architecture).macs)

    drawn = list(map(macs, stratified_sample(RESNET, BUDGET, 20, 3, macs)))
    assert drawn == sorted(drawn)
    by_params = list(map(macs, stratified_sample(RESNET, BUDGET, 20, 3)))
    assert by_params != sorted(by_params)
    assert drawn[0] < min(by_params) or drawn[-1] > max(by_params)


def test_a_budget_that_holds_too_little_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="initial architecture of space 'resnet' exceeds the budget of params"):
        stratified_sample(RESNET, Budget(params=1000), 5, seed=0)
    monkeypatch.setattr(sampling, "PATIENCE", 1000)
    with pytest.raises(ExhaustedError, match=r"only \d+ of 250 architectures found"):
        stratified_sample(RESNET.starting_from("SuperConvK3BNRELU(3,8,1,1)"), Budget(params=3000), 5, seed=0)


def test_an_empty_sample() -> None:
    assert stratified_sample(RESNET, BUDGET, 0, seed=0) == []


def test_a_uniform_sample_is_distinct_within_the_budget_and_seeded() -> None:
    budget = Budget(params=400_000, num_classes=10)
    some = list(islice(LISTED.architectures(), 3000))
    assert any(budget.violation(a) for a in some)
    drawn = uniform_sample(some, budget, 300, seed=0)
    assert len(set(drawn)) == 300
    assert set(drawn) <= set(some)
    assert all(budget.violation(a) is None for a in drawn)
    assert drawn == uniform_sample(iter(some), budget, 300, seed=0)
    assert drawn != uniform_sample(some, budget, 300, seed=1)


def test_a_uniform_sample_is_uniform_over_what_the_budget_holds() -> None:
    few = [a for a in LISTED.architectures() if a.operations[:4] == ("skip_connect",) * 4]
    budget = Budget(params=space.cost(space.Cell(("nor_conv_1x1",) + ("skip_connect",) * 5)).params)
    within = [a for a in few if budget.violation(a) is None]
    assert 10 < len(within) < len(few) == 25
    counts = Counter(a for seed in range(500) for a in uniform_sample(few, budget, 4, seed))
    share = 500 * 4 / len(within)
    assert set(counts) == set(within)
    assert all(count == pytest.approx(share, abs=5 * share**0.5) for count in counts.values())
    assert set(uniform_sample(few, budget, len(within), seed=0)) == set(within)
    assert uniform_sample(few, budget, 0, seed=0) == []


def test_a_uniform_sample_of_too_few_is_refused() -> None:
    few = [space.Cell((operation,) * 6) for operation in LISTED.choices]
    small = Budget(params=space.cost(few[0]).params)  # no convolution
    with pytest.raises(ExhaustedError, match="only 3 of 4 architectures are within the budget"):
        uniform_sample(few, small, 4, seed=0)
    assert set(uniform_sample(few, small, 3, seed=0)) == {few[0], few[1], few[4]}

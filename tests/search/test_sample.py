from collections import Counter
from itertools import islice

import numpy as np
import pytest
from scipy.stats import kendalltau
from zsbench import space
from zsbench.bench.study import config
from zsbench.search import Budget, ExhaustedError, draw_evenly, stratified_sample, uniform_sample
from zsbench.search import sample as sampling

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


def test_every_class_of_size_and_depth_has_its_share() -> None:
    drawn = stratified_sample(RESNET, BUDGET, 45, seed=3)
    sizes = np.log([BUDGET.cost(a).params for a in drawn])
    depths = np.array([a.layers for a in drawn])
    classes = sampling._classes(RESNET, BUDGET, lambda a: BUDGET.cost(a).params)
    assert len(classes) == 15
    counts = [
        sum(place.distance(size, depth) == 0 for size, depth in zip(sizes, depths, strict=True)) for place in classes
    ]
    assert counts == [3] * 15
    assert depths.min() <= 8
    assert depths.max() >= 16


def small_study() -> tuple[space.Space, Budget]:
    """The space and the budget of the preset `cifar-small`."""
    study = config.load("cifar-small", [])
    return study.search_space(), study.limits()


def test_size_and_depth_are_nearly_independent() -> None:
    within, budget = small_study()
    taus = []
    for seed in range(10):
        drawn = stratified_sample(within, budget, 30, seed)
        taus.append(kendalltau([budget.cost(a).params for a in drawn], [a.layers for a in drawn]).statistic)
    assert all(abs(tau) <= 0.15 for tau in taus), taus
    assert len({round(tau, 6) for tau in taus}) > 5  # the samples do differ


def test_architectures_are_drawn_independently() -> None:
    """Neighbours in one walk share most of their blocks; two ends of walks of their own share few."""
    within, budget = small_study()
    drawn = stratified_sample(within, budget, 30, seed=0)

    def alike(one: space.Structure, other: space.Structure) -> bool:
        return len(set(map(str, one.blocks)) & set(map(str, other.blocks))) >= 2

    pairs = [alike(one, other) for place, one in enumerate(drawn) for other in drawn[:place]]
    assert sum(pairs) / len(pairs) < 0.05  # of one walk: 102 of 435


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
    monkeypatch.setattr(sampling, "APPROACH_MUTATIONS", 200)
    with pytest.raises(ExhaustedError, match=r"only \d+ of 500 architectures found"):
        stratified_sample(RESNET.starting_from("SuperConvK3BNRELU(3,8,1,1)"), Budget(params=3000), 500, seed=0)


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


def test_pools_take_turns_and_nothing_is_drawn_twice() -> None:
    pools = [["a", "b", "c"], ["b", "c", "d", "e"], []]
    drawn = draw_evenly(pools, 4, seed=0)
    assert len(set(drawn)) == 4
    assert [name in pools[place % 2] for place, name in enumerate(drawn)] == [True] * 4
    assert drawn == draw_evenly(pools, 4, seed=0)
    assert set(draw_evenly(pools, 10, seed=0)) == set("abcde")
    firsts = Counter(draw_evenly(pools, 1, seed)[0] for seed in range(300))
    assert set(firsts) == set("abc")
    assert all(count == pytest.approx(100, abs=45) for count in firsts.values())

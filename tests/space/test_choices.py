"""Spaces that are lists of choices, and two things that the networks of every space can be: thin, and without norms."""

from collections import Counter, deque
from dataclasses import replace
from random import Random

import pytest
import torch
from conftest import walk
from torch import nn
from zsbench import space
from zsbench.search import Budget, Evolution, ExhaustedError
from zsbench.search import strategy as strategies
from zsbench.space.nasbench201.cell import Cell

LISTED = ("nasbench201", "nasbench_macro")
NASBENCH201 = space.get("nasbench201")


@pytest.mark.parametrize(("name", "size"), [("nasbench201", 5**6), ("nasbench_macro", 3**8)])
def test_all_architectures_are_listed_once(name: str, size: int) -> None:
    within = space.get(name)
    listed = list(within.architectures())
    assert len(set(listed)) == len(listed) == within.size == size
    assert within.initial() in listed
    assert listed == list(within.architectures())


def test_other_spaces_cannot_be_listed() -> None:
    assert space.get("resnet").size is None
    with pytest.raises(ValueError, match="space 'resnet' cannot be listed"):
        space.get("resnet").architectures()


def assert_uniform(counts: Counter, outcomes: int) -> None:
    """All outcomes occur, each within five standard deviations of its share."""
    assert len(counts) == outcomes
    share = counts.total() / outcomes
    assert all(count == pytest.approx(share, abs=5 * share**0.5) for count in counts.values())


@pytest.mark.parametrize("name", LISTED)
def test_a_mutation_gives_one_place_another_operation(name: str) -> None:
    within, rng = space.get(name), Random(0)
    parent = within.random(rng)
    counts = Counter()
    for _ in range(16_000):
        mutant = within.mutate(parent, rng)
        changes = [
            (place, new)
            for place, (old, new) in enumerate(zip(parent.operations, mutant.operations, strict=True))
            if old != new
        ]
        assert len(changes) == 1
        counts[changes[0]] += 1
    assert_uniform(counts, within.places * (len(within.choices) - 1))


@pytest.mark.parametrize("name", LISTED)
def test_a_place_drawn_twice_is_mutated_once(name: str) -> None:
    within, rng = space.get(name), Random(0)
    parent = within.initial()
    for mutations in (2, 3, 200):
        for _ in range(200):
            mutant = within.mutate(parent, rng, mutations)
            pairs = zip(parent.operations, mutant.operations, strict=True)
            changed = sum(old != new for old, new in pairs)
            # After 200 draws every place has another operation, which it would not if it were replaced again.
            assert changed == within.places if mutations == 200 else 1 <= changed <= mutations
    assert within.mutate(parent, rng, 0) == parent


@pytest.mark.parametrize("name", LISTED)
def test_random_architectures_and_founders_are_uniform(name: str) -> None:
    within, rng = space.get(name), Random(0)
    for draw in (within.random, within.founder):
        drawn = [draw(rng) for _ in range(8000)]
        for place in range(within.places):
            assert_uniform(Counter(one.operations[place] for one in drawn), len(within.choices))
        pairs = Counter(one.operations[:2] for one in drawn)
        assert_uniform(pairs, len(within.choices) ** 2)


@pytest.mark.parametrize("name", LISTED)
def test_a_child_is_a_mutant(name: str) -> None:
    within = space.get(name)
    parent = within.initial()
    children = [within.child(parent, Random(seed)) for seed in range(20)]
    assert children == [within.mutate(parent, Random(seed)) for seed in range(20)]
    assert len(set(children)) > 1


@pytest.mark.parametrize("name", LISTED)
def test_another_start(name: str) -> None:
    within = space.get(name)
    other = within.random(Random(4))
    moved = within.starting_from(str(other))
    assert moved.initial() == other != within.initial()
    assert replace(moved, start=within.start) == within
    with pytest.raises(ValueError, match=r"three nodes|expected 8 digits"):
        within.starting_from("SuperConvK3BNRELU(3,8,1,1)")


@pytest.mark.parametrize("name", LISTED)
def test_the_key_is_the_architectures(name: str) -> None:
    within, rng = space.get(name), Random(5)
    for architecture in (within.random(rng) for _ in range(100)):
        assert within.key(architecture) == architecture.key
        assert within.parse(str(architecture)) == architecture


@pytest.mark.parametrize("name", LISTED)
def test_one_architecture_stands_for_all_that_share_its_key(name: str) -> None:
    within = space.get(name)
    listed = list(within.architectures())
    standing = {within.canonical(one) for one in listed}
    assert len(standing) == len({one.key for one in listed}) < len(listed)
    assert all(within.canonical(one) is one for one in standing)
    for one in listed[::37]:
        assert within.canonical(one).key == one.key
        assert within.canonical(one).layers <= one.layers
    assert within.starting_from(str(listed[7])).canonical(listed[3]) == within.canonical(listed[3])


def test_parts_that_lead_nowhere_are_left_out() -> None:
    dead = Cell.parse("|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|")
    assert str(NASBENCH201.canonical(dead)) == "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
    assert space.get("resnet").canonical(space.get("resnet").initial()) == space.get("resnet").initial()


def size_of(architecture: Cell) -> float:
    return float(space.cost(architecture, 32, 10).params)


def test_a_search_takes_cells_of_one_key_for_one() -> None:
    search = Evolution(NASBENCH201, Budget(params=900_000, num_classes=10), seed=0, population=32)
    asked, out = [], deque()
    for _ in range(400):
        while len(out) < 3:  # several are out at a time
            out.append(search.ask())
            asked.append(out[-1])
        search.tell(out[0], size_of(out[0]))
        out.popleft()
    assert len({one.key for one in asked}) == len(asked)
    assert all(search.budget.violation(one) is None for one in asked)
    assert search.counts.duplicates > 0
    assert search.best.value == max(size_of(one) for one in asked if one not in out)


def test_a_search_finds_all_there_are_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells of nothing but skips are sums of 0 to 4 times the input: 64 cells, 5 networks."""
    monkeypatch.setattr(strategies, "PATIENCE", 2000)
    small = replace(NASBENCH201, choices=("none", "skip_connect"))
    assert small.size == len(list(small.architectures())) == 64
    search = Evolution(small, Budget(), seed=0)
    found = []
    for _ in range(5):
        found.append(search.ask())
        search.tell(found[-1], 0.0)
    with pytest.raises(ExhaustedError, match="seen before 2000"):
        search.ask()
    assert sorted(one.key for one in found) == [("x",) * times for times in range(5)]


def architectures(name: str) -> list[space.Architecture]:
    if name in LISTED:
        return [space.get(name).random(Random(seed)) for seed in range(5)]
    return walk(name, 5, seed=4)


def convolutions(architecture: space.Architecture, thin: bool) -> list[nn.Conv2d]:
    network = space.build(architecture, thin=thin, device="meta", initialise=False)
    return [module for module in network.modules() if isinstance(module, nn.Conv2d)]


@pytest.mark.parametrize(
    ("name", "factor"), [("resnet", 8), ("mobilenet", 8), ("nasbench201", 16), ("nasbench_macro", 32)]
)
def test_channels_of_a_thin_network_are_divided(name: str, factor: int) -> None:
    for architecture in architectures(name):
        pairs = zip(convolutions(architecture, False), convolutions(architecture, True), strict=True)
        for whole, thin in pairs:
            assert thin.out_channels * factor == whole.out_channels
            assert thin.in_channels == 3 if whole.in_channels == 3 else thin.in_channels * factor == whole.in_channels
            assert (thin.kernel_size, thin.stride, thin.padding) == (whole.kernel_size, whole.stride, whole.padding)
            assert thin.groups == (thin.in_channels if whole.groups > 1 else 1)


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("name", list(space.SPACES))
def test_thin_networks_work(name: str, residual: bool) -> None:
    images = torch.randn(4, 3, 3, 3)
    for architecture in architectures(name):
        network = space.build(architecture, 7, residual, thin=True)
        assert network.architecture == architecture
        logits = network(images)
        assert logits.shape == (4, 7)
        assert logits.isfinite().all()


@pytest.mark.parametrize("name", list(space.SPACES))
def test_removing_norms_leaves_the_rest(name: str) -> None:
    network = space.build(architectures(name)[0], 7)
    before = dict(network.named_modules())
    parameters = {id(p) for m in before.values() if not isinstance(m, nn.BatchNorm2d) for p in m.parameters(False)}
    space.remove_norms(network)
    after = dict(network.named_modules())
    assert list(after) == list(before)
    norms = [name for name, module in before.items() if isinstance(module, nn.BatchNorm2d)]
    assert norms
    assert all(type(after[name]) is nn.Identity for name in norms)
    assert all(after[name] is module for name, module in before.items() if name not in norms)
    assert {id(p) for p in network.parameters()} == parameters
    assert network(torch.randn(2, 3, 8, 8)).shape == (2, 7)

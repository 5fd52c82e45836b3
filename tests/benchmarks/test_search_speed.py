"""What the parts of a search cost. Run by `make bench-speed`; compare rows of one run, not of two machines."""

from random import Random

import pytest
from zsbench import space
from zsbench.search import STRATEGIES, Budget, Evolution

RESNET = space.get("resnet")
MILLION = Budget(params=1_000_000, layers=18)


@pytest.mark.benchmark(group="cost of an architecture")
def test_cost_in_closed_form(benchmark) -> None:
    rng = Random(0)
    architectures = iter([RESNET.random(rng) for _ in range(2000)])  # each seen once: no cache of blocks helps twice
    benchmark.pedantic(lambda: space.cost(next(architectures)), rounds=1500)


@pytest.mark.benchmark(group="cost of an architecture")
def test_cost_by_building_the_network(benchmark) -> None:
    rng = Random(0)
    architectures = iter([RESNET.random(rng) for _ in range(60)])

    def count() -> int:
        network = space.build(next(architectures), device="meta", initialise=False)
        return sum(p.numel() for p in network.parameters())

    benchmark.pedantic(count, rounds=50)


@pytest.mark.benchmark(group="search")
def test_mutate(benchmark) -> None:
    initial, rng = RESNET.initial(), Random(0)
    benchmark(RESNET.mutate, initial, rng, 2)


@pytest.mark.benchmark(group="search")
@pytest.mark.parametrize("population", [64, 4096])
def test_ask_and_tell(benchmark, population: int) -> None:
    search = Evolution(RESNET, MILLION, seed=0, population=population)

    def step() -> None:
        candidate = search.ask()
        search.tell(candidate, float(space.cost(candidate).macs))

    for _ in range(2 * population):  # to a full population
        step()
    benchmark(step)


@pytest.mark.benchmark(group="a whole search")
@pytest.mark.parametrize("strategy", ["evolution", "regularized"])
def test_search_of_20_000(benchmark, strategy: str) -> None:
    def whole() -> None:
        search = STRATEGIES[strategy](RESNET, MILLION, seed=0, population=512)
        for _ in range(20_000):
            candidate = search.ask()
            search.tell(candidate, float(space.cost(candidate).macs))

    benchmark.pedantic(whole, rounds=3)

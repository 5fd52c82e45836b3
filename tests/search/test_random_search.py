from collections import Counter
from random import Random
from typing import ClassVar

import pytest
from drive import EVERY, MILLION, RESNET, SMALL, drive, macs
from zsbench import space
from zsbench.bench.study import config
from zsbench.search import Budget, RandomSearch
from zsbench.search.walk import constrained_walk, random_architecture
from zsbench.space import LONGEST_WALK


def test_candidates_do_not_depend_on_values_nor_on_who_is_out() -> None:
    runs = [
        drive(RandomSearch(RESNET, MILLION, seed=0), 100, lag, value)
        for lag, value in ((1, macs), (1, lambda a: -macs(a)), (7, macs), (1, lambda a: None))
    ]
    assert runs[0] == runs[1] == runs[2] == runs[3]


def test_a_listed_space_is_drawn_uniformly() -> None:
    # A first candidate is never a duplicate: over many seeds, it shows the distribution.
    counts = Counter(RandomSearch(SMALL, Budget(), seed).ask() for seed in range(20_000))
    expected = 20_000 / len(EVERY)
    squares = sum((counts[architecture] - expected) ** 2 / expected for architecture in EVERY)
    assert squares == pytest.approx(len(EVERY) - 1, abs=5 * (2 * len(EVERY)) ** 0.5)  # χ², within 5 deviations


def test_all_that_a_budget_holds_of_a_listed_space_is_found() -> None:
    budget = Budget(params=space.cost(space.Cell(("nor_conv_1x1",) * 6)).params)
    within = [architecture for architecture in EVERY if budget.violation(architecture) is None]
    assert 50 < len(within) < len(EVERY)
    assert set(drive(RandomSearch(SMALL, budget, 0), len(within))) == set(within)


class Recorded(type(RESNET)):
    """The space, and all that it was asked to mutate."""

    parents: ClassVar[list[space.Structure]] = []

    def mutate(self, architecture, rng, mutations=1):
        self.parents.append(architecture)
        return super().mutate(architecture, rng, mutations)


def test_walks_are_of_uniform_length_from_the_initial_architecture_and_never_leave_the_budget() -> None:
    within, lengths = Recorded(**vars(RESNET)), []
    search = RandomSearch(within, MILLION, 0)
    for _ in range(600):
        within.parents.clear()
        assert MILLION.violation(search.space.initial()) is None
        candidate = search._propose()
        assert within.parents[0] == RESNET.initial()
        assert all(MILLION.violation(parent) is None for parent in within.parents)
        if MILLION.violation(candidate) is None:
            lengths.append(len(within.parents))
        else:
            assert len(within.parents) == 1  # its founder, for the search to reject
    assert set(lengths) == set(range(1, LONGEST_WALK + 1))
    assert sum(lengths) / len(lengths) == pytest.approx(
        (1 + LONGEST_WALK) / 2, abs=5 * LONGEST_WALK / (12 * len(lengths)) ** 0.5
    )


def test_a_walk_is_what_its_steps_within_the_budget_make_of_it() -> None:
    rng, place = Random(5), RESNET.initial()
    for _ in range(200):
        step = RESNET.mutate(place, rng)
        place = place if MILLION.violation(step) else step
    assert constrained_walk(RESNET, MILLION, RESNET.initial(), 200, Random(5)) == place


def test_a_tight_budget_is_no_obstacle() -> None:
    # Of the space's own random walks, which know no budget, 2 % keep that of this preset.
    quick = config.load("quick", [])
    search = RandomSearch(quick.search_space(), quick.limits(), seed=0)
    drive(search, 200)
    assert search.counts.proposals < 3 * search.counts.evaluations


def test_it_draws_for_others_what_it_draws_for_itself() -> None:
    search = RandomSearch(RESNET, MILLION, 8)
    rng = Random("RandomSearch 8")
    drawn = (random_architecture(RESNET, MILLION, rng) for _ in iter(int, 1))
    kept = (architecture for architecture in drawn if MILLION.violation(architecture) is None)
    assert drive(search, 20) == list(dict.fromkeys(next(kept) for _ in range(20)))

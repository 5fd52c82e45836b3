import math
from collections import deque
from random import Random

import pytest
from drive import MILLION, RESNET, drive, macs
from scipy.stats import rankdata
from zsbench import space
from zsbench.search import RULES, Regularized
from zsbench.search.walk import random_architecture


def sizes(architecture: space.Structure) -> tuple[float, ...]:
    """Components that pull apart: one of many values, one of few, and one that is infinite as often as not."""
    cost = space.cost(architecture)
    return float(cost.macs), float(-cost.layers), math.inf if cost.params % 2 else float(-cost.params)


def present_values(history: list[space.Structure], rule: str | None) -> list[float]:
    if rule is None:
        return [macs(architecture) for architecture in history]
    ranks = rankdata([sizes(architecture) for architecture in history], axis=0)
    if rule == "rank_sum":
        return list(ranks.sum(axis=1))
    return [math.log(math.prod(int(2 * rank) for rank in row) / (2 * len(history)) ** 3) for row in ranks]


def naive(rule: str | None, seed: int, size: int, evaluations: int, lag: int) -> tuple[list, list]:
    """The same search with nothing but lists, ranked anew for each tournament: who was asked, and the last members."""
    rng, asked, told = Random(f"Regularized {seed}"), [], []
    members: list[int] = []  # places in the history, the oldest first
    while len(told) < evaluations:
        while len(asked) - len(told) < lag and len(asked) < evaluations:
            if len(members) < size:
                candidate = random_architecture(RESNET, MILLION, rng)
            else:
                # As the ring holds them: evaluation n takes the place of evaluation n − size.
                ring = sorted(members, key=lambda place: place % size)
                drawn = [ring[int(rng.random() * size)] for _ in range(min(25, math.ceil(size / 4)))]
                values = present_values(told, rule)
                candidate = RESNET.child(told[max(drawn, key=lambda place: values[place])], rng)
            if MILLION.violation(candidate) is None and candidate not in asked:
                asked.append(candidate)
        members.append(len(told))
        told.append(asked[len(told)])
        members = members[-size:]
    return asked, [told[place] for place in members]


@pytest.mark.parametrize("rule", [None, *RULES])
@pytest.mark.parametrize(("size", "lag"), [(1, 1), (7, 3), (30, 1)])
def test_a_search_is_that_of_the_naive_reference(rule: str | None, size: int, lag: int) -> None:
    search = Regularized(RESNET, MILLION, 3, size, rule)
    asked = drive(search, 120, lag, macs if rule is None else sizes)
    expected, members = naive(rule, 3, size, 120, lag)
    assert asked == expected
    values = dict(zip(asked, present_values(asked, rule), strict=True))
    assert [architecture for architecture, _ in search.population] == members
    assert [value for _, value in search.population] == pytest.approx([values[a] for a in members], abs=1e-12)


def test_the_oldest_leaves_however_good_and_the_best_of_all_is_remembered() -> None:
    search = Regularized(RESNET, MILLION, 0, 10)
    countdown = iter(range(1000, 0, -1))
    asked = drive(search, 35, value=lambda architecture: float(next(countdown)))
    assert [architecture for architecture, _ in search.population] == asked[-10:]
    assert (search.best.architecture, search.best.value, search.best.evaluation) == (asked[0], 1000.0, 1)


def test_a_larger_sample_is_a_stronger_pull() -> None:
    """With a sample as large as it can be the parent is nearly always the best member, with one of 1 any."""
    parents: list[float] = []

    class Watched(type(RESNET)):
        def child(self, parent, rng):
            parents.append(macs(parent))
            return super().child(parent, rng)

    shares = []
    for sample in (1, 100):
        parents.clear()
        search = Regularized(Watched(**vars(RESNET)), MILLION, 0, 16)
        search.sample = sample
        drive(search, 16)
        best = max(value for _, value in search.population)
        for _ in range(200):
            search._propose()
        shares.append(parents.count(best) / len(parents))
    assert shares[0] < 0.2 < 0.95 < shares[1]


def test_the_sample_is_a_quarter_and_its_cost_is_bounded() -> None:
    samples = {size: Regularized(RESNET, MILLION, 0, size).sample for size in (1, 3, 20, 100, 256, 4096)}
    assert samples == {1: 1, 3: 1, 20: 5, 100: 25, 256: 25, 4096: 25}


def test_until_the_population_is_full_candidates_are_random_architectures() -> None:
    search = Regularized(RESNET, MILLION, 4, 40)
    rng, expected = Random("Regularized 4"), deque()
    while len(expected) < 40:
        drawn = random_architecture(RESNET, MILLION, rng)
        if MILLION.violation(drawn) is None and drawn not in expected:
            expected.append(drawn)
    assert drive(search, 40) == list(expected)

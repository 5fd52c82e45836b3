import math
from random import Random

import numpy as np
import pytest
from drive import MILLION, RESNET, drive
from scipy.stats import rankdata
from zsbench import space
from zsbench.search import RULES, Budget, Evolution

Components = tuple[float, ...]


def sizes(architecture: space.Structure) -> Components:
    """Components that pull apart: one of many values, one of few, and one that is infinite as often as not."""
    cost = space.cost(architecture)
    return float(cost.macs), float(-cost.layers), math.inf if cost.params % 2 else float(-cost.params)


def naive(rule: str, seed: int, size: int, evaluations: int) -> tuple[list[int], list[space.Structure], list[float]]:
    """The same search with nothing but the history of all candidates, ranked anew after each: the slow, obvious way.

    Members, the oldest first, as places in the history; the history; its present values.
    """
    rng, history, members = Random(f"Evolution {seed}"), [], []
    values: list[float] = []
    while len(history) < evaluations:
        if len(members) <= min(10, size - 1):
            candidate = RESNET.founder(rng)
        else:
            candidate = RESNET.child(history[members[int(rng.random() * len(members))]], rng)
        if MILLION.violation(candidate) or candidate in history:
            continue
        members.append(len(history))
        history.append(candidate)
        ranks = rankdata([sizes(a) for a in history], axis=0)
        if rule == "rank_sum":
            values = list(ranks.sum(axis=1))
        else:  # twice a rank is an integer, so that their product is exact, and so are ties
            values = [math.log(math.prod(int(2 * rank) for rank in row) / (2 * len(history)) ** 3) for row in ranks]
        if len(members) > size:
            members.remove(min(members, key=lambda member: (values[member], member)))
    return members, history, values


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("size", [1, 7, 30])
def test_a_search_is_that_of_the_naive_reference(rule: str, size: int) -> None:
    search = Evolution(RESNET, MILLION, seed=3, population=size, relative=rule)
    drive(search, 200, value=sizes)
    members, history, values = naive(rule, 3, size, 200)

    expected = sorted(members, key=lambda member: (values[member], member), reverse=True)
    assert [a for a, _ in search.population] == [history[member] for member in expected]
    assert [v for _, v in search.population] == pytest.approx([values[member] for member in expected], abs=1e-12)
    winner = max(members, key=lambda member: (values[member], -member))
    assert search.best is not None
    assert (search.best.architecture, search.best.evaluation) == (history[winner], winner + 1)
    assert search.best.value == pytest.approx(values[winner], abs=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_monotone_transforms_of_components_change_nothing(rule: str) -> None:
    def bent(architecture: space.Structure) -> Components:
        macs, layers, params = sizes(architecture)
        return math.log(macs), layers**3, np.arctan(params / 1e6) - 5

    straight, transformed = (Evolution(RESNET, MILLION, 1, 24, rule) for _ in range(2))
    drive(straight, 150, value=sizes)
    drive(transformed, 150, value=bent)
    assert straight.population == transformed.population
    assert straight.best == transformed.best
    assert straight.counts == transformed.counts


def test_the_order_of_components_changes_nothing() -> None:
    first, turned = (Evolution(RESNET, MILLION, 1, 24, "log_rank_sum") for _ in range(2))
    drive(first, 150, value=sizes)
    drive(turned, 150, value=lambda architecture: sizes(architecture)[::-1])
    assert first.population == turned.population


def test_one_component_searches_as_its_value_does() -> None:
    relative = Evolution(RESNET, MILLION, 2, 24, "rank_sum")
    drive(relative, 150, value=lambda architecture: sizes(architecture)[:1])
    tops = [sizes(architecture)[0] for architecture, _ in relative.population]
    assert tops == sorted(tops, reverse=True)
    assert relative.best is not None
    assert relative.best.value == 150  # the rank of the highest of all


def test_the_lag_is_part_of_the_result() -> None:
    populations = []
    for lag in (1, 4, 4):
        search = Evolution(RESNET, MILLION, 5, 24, "rank_sum")
        drive(search, 150, lag, sizes)
        populations.append(search.population)
    assert populations[0] != populations[1] == populations[2]


def test_values_change_as_the_history_grows() -> None:
    search = Evolution(RESNET, Budget(), 0, 8, "rank_sum")
    assert search.best is None
    first, second = search.ask(), search.ask()
    search.tell(first, (1.0, 1.0))
    assert search.population == [(first, 2.0)]
    search.tell(second, [0.0, 1.0])
    assert search.population == [(first, 3.5), (second, 2.5)]


def test_ties_leave_oldest_first_and_the_oldest_is_best() -> None:
    search = Evolution(RESNET, MILLION, 0, 12, "log_rank_sum")
    asked = []
    for _ in range(30):
        asked.append(search.ask())
        search.tell(asked[-1], (1.0, math.inf))
    assert [a for a, _ in search.population] == asked[-1:-13:-1]
    assert search.best is not None
    assert (search.best.architecture, search.best.evaluation) == (asked[18], 19)


def test_a_failed_score_is_not_ranked() -> None:
    search = Evolution(RESNET, MILLION, 0, 8, "rank_sum")
    search.tell(search.ask(), None)
    search.tell(search.ask(), (1.0, 2.0))
    assert search.counts.evaluations == 2
    assert search.best is not None
    assert (search.best.value, search.best.evaluation) == (2.0, 2)


def test_what_does_not_fit_is_refused_and_changes_nothing() -> None:
    relative, absolute = Evolution(RESNET, MILLION, 0, 8, "rank_sum"), Evolution(RESNET, MILLION, 0, 8)
    for search, good, wrong in (
        (absolute, 1.0, [((1.0, 2.0), "expected one value, as the search is not relative")]),
        (
            relative,
            (1.0, 2.0),
            [
                (1.0, "expected a sequence of components, as the search is relative"),
                ((1.0,), "expected 2 components, got 1"),
                ((1.0, math.nan), "a component is NaN"),
            ],
        ),
    ):
        search.tell(search.ask(), good)
        candidate, before = search.ask(), search.population
        for told, message in wrong:
            with pytest.raises(ValueError, match=message):
                search.tell(candidate, told)
            assert search.population == before
            assert search.counts.evaluations == 1
        search.tell(candidate, good)
        assert len(search.population) == search.counts.evaluations == 2
    with pytest.raises(ValueError, match="unknown rule 'sum'"):
        Evolution(RESNET, MILLION, 0, 8, "sum")
    with pytest.raises(ValueError, match="population must be at least 1"):
        Evolution(RESNET, MILLION, 0, 0, "rank_sum")

from collections import deque
from random import Random

import pytest
from drive import EVERY, MILLION, RESNET, SMALL, apart, drive, macs
from zsbench.search import Budget, ExhaustedError, Local, local
from zsbench.search import strategy as strategies


def neighbours(architecture) -> list:
    return [other for other in EVERY if apart(architecture, other) == 1]


def table(seed: int) -> dict:
    """A value for every architecture, rugged: about one in thirteen is better than its twelve neighbours."""
    rng = Random(seed)
    return {architecture: rng.random() for architecture in EVERY}


@pytest.mark.parametrize("relative", [None, "rank_sum"])
@pytest.mark.parametrize("lag", [1, 5])
def test_every_candidate_is_a_neighbour_or_there_was_none_left(
    lag: int, relative: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(strategies, "PATIENCE", 20_000)
    values = table(1)
    search = Local(SMALL, Budget(), 0, relative=relative)
    out: deque = deque()
    asked: set = set()
    climbs, moves, place, exhausted = 1, 0, None, False
    while not exhausted or out:
        while len(out) < lag and not exhausted:
            try:
                candidate = search.ask()
            except ExhaustedError:
                exhausted = True
                break
            if place is not None and apart(place, candidate) != 1:
                # A new start, and the obvious formula says why: the neighbourhood holds nothing new.
                assert set(neighbours(place)) <= asked
                climbs, place = climbs + 1, None
            elif place is not None and set(neighbours(place)) <= asked:
                pytest.fail("a candidate of a neighbourhood without new ones")
            asked.add(candidate)
            out.append((candidate, climbs))
        if out:
            candidate, climb = out.popleft()
            value = values[candidate]
            search.tell(candidate, value if relative is None else (value,))
            if climb == climbs and (place is None or value > values[place]):
                place, moves = candidate, moves + 1
    assert asked == set(EVERY)
    assert climbs > 20
    assert moves > 1.5 * climbs  # it does climb
    assert search.best.architecture == max(EVERY, key=values.__getitem__)


def test_a_smooth_function_is_climbed_without_detours() -> None:
    search = Local(SMALL, Budget(), 0)

    def ones(architecture) -> float:
        return float(architecture.operations.count("skip_connect"))

    asked = drive(search, 40, value=ones)
    assert search.best.value == 6  # of which there is 1 in 729
    first = [ones(architecture) for architecture in asked[: search.best.evaluation]]
    best = [max(first[: place + 1]) for place in range(len(first))]
    assert all(value >= best[place] - 1 for place, value in enumerate(first[1:])), "never more than a step away"


def test_late_candidates_of_an_ended_climb_do_not_turn_the_next_one() -> None:
    values = table(2)
    search = Local(SMALL, Budget(), 3)
    while (before := search._climb) == 0:
        out = [search.ask() for _ in range(4)]
        if search._climb > before and apart(out[0], out[-1]) > 1 and search._climbs[0] == 0:
            break  # the first belongs to the climb that has ended, the last is a start
        for candidate in out:
            search.tell(candidate, values[candidate])
    assert search._climb == 1
    place = search._place
    search.tell(out[0], 2.0)
    assert search._place == place
    assert search.best.value == 2.0


def test_a_climb_under_a_budget_stays_within_and_grows() -> None:
    search = Local(RESNET, MILLION, 1)
    asked = drive(search, 300)
    assert search._climb == 0
    assert search._place == (max(asked, key=macs), search.best.value)
    assert search.best.value > 2 * macs(asked[0])


@pytest.mark.parametrize("value", [lambda architecture: 1.0, lambda architecture: None])
def test_a_climb_that_gets_nowhere_ends_although_there_are_neighbours(value, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "CLIMB_PATIENCE", 30)
    search = Local(RESNET, MILLION, 1)
    first = drive(search, 1)  # the start
    search.tell(search.ask(), 0.5)
    drive(search, 29, value=value)
    assert (search._climb, search._place[0]) == (0, first[0])
    drive(search, 1, value=value)
    assert search._climb == 1
    assert (search._place is None) == (value(None) is None)  # a start without a value is no place

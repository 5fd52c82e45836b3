"""Random samples of the architectures within a budget: what correlations are computed over."""

import math
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from ..space import Architecture, Space
from .budget import Budget
from .strategy import ExhaustedError
from .walk import random_architecture

T = TypeVar("T")

SIZES, DEPTHS = 5, 3  # classes of size and of depth that a sample is spread over
SCOUTS = 300  # random architectures that tell the range of sizes and depths
APPROACH = 3_000  # mutations within which a walk must reach its class
SETTLE = 64  # mutations within the class before an architecture is taken, so that it forgets how it came there


@dataclass(frozen=True)
class _Class:
    """A range of the logarithm of the size and a range of the depth, both ends included."""

    size: tuple[float, float]
    depth: tuple[float, float]

    def distance(self, size: float, depth: float) -> float:
        """How far an architecture lies outside: 0 within; one class to the side is about 1."""
        return _outside(size, self.size) + _outside(depth, self.depth)


def stratified_sample(
    space: Space, budget: Budget, count: int, seed: int, size: Callable[[Architecture], float] | None = None
) -> list[Architecture]:
    """`count` distinct architectures within a budget, spread evenly over size and depth; ascending by size.

    The range of sizes (`size`; parameters where none is given), in their logarithm, is cut into five equal classes and
    that of depths (layers) into three, and each of the fifteen combinations gets the same share of the sample. So size
    and depth are nearly independent in it, and neither can stand in for the other. Each architecture is the end of a
    random walk of its own from the initial architecture: mutations that lead away from its class are refused, and 64
    more are made within the class. A combination that no walk reaches leaves its share to the others. The ranges are
    those of 300 random architectures, up to the limits of the budget.

    Raises ExhaustedError where the budget holds too few, ValueError where the initial architecture exceeds it.
    """
    if count == 0:  # whatever the budget
        return []
    cause = budget.violation(space.initial())
    if cause is not None:
        raise ValueError(
            f"the initial architecture of space {space.name!r} exceeds the budget of {cause}; raise this limit"
        )
    measure = size or (lambda architecture: budget.cost(architecture).params)
    rng = Random(f"sample {seed}")
    open_classes = _classes(space, budget, measure)
    rng.shuffle(open_classes)  # so that the classes that get one more than others differ between seeds
    found: dict[Architecture, float] = {}
    while len(found) < count and open_classes:
        for place in list(open_classes):
            if len(found) == count:
                break
            drawn = _walk_to(place, space, budget, measure, found, rng)
            if drawn is None:
                open_classes.remove(place)
            else:
                found[drawn] = measure(drawn)
    if len(found) < count:
        raise ExhaustedError(
            f"only {len(found)} of {count} architectures found within the budget; raise it, or ask for fewer"
        )
    return sorted(found, key=lambda architecture: (found[architecture], str(architecture)))


def uniform_sample(architectures: Iterable[Architecture], budget: Budget, count: int, seed: int) -> list[Architecture]:
    """`count` of the given architectures that keep the budget, uniformly drawn; ExhaustedError where there are too few.

    For spaces that can be listed: there, most architectures are not as large as the budget allows.
    """
    within = [architecture for architecture in architectures if budget.violation(architecture) is None]
    if len(within) < count:
        raise ExhaustedError(
            f"only {len(within)} of {count} architectures are within the budget; raise it, or ask for fewer"
        )
    return Random(f"sample {seed}").sample(within, count)


def draw_evenly(pools: Iterable[Iterable[T]], count: int, seed: int) -> list[T]:
    """`count` distinct items, one from each pool in turn, at random within a pool; fewer where the pools hold fewer."""
    rng = Random(f"pools {seed}")
    left = [list(pool) for pool in pools]
    for pool in left:
        rng.shuffle(pool)
    drawn: dict[T, None] = {}
    while len(drawn) < count and any(left):
        for pool in left:
            while pool and pool[-1] in drawn:
                pool.pop()
            if pool and len(drawn) < count:
                drawn[pool.pop()] = None
    return list(drawn)


def _classes(space: Space, budget: Budget, measure: Callable[[Architecture], float]) -> list[_Class]:
    """All combinations of a class of size and a class of depth."""
    rng = Random("scouts")  # the same for every seed: samples of two seeds have the same classes
    scouts = [space.initial(), *(random_architecture(space, budget, rng) for _ in range(SCOUTS))]
    scouts = [architecture for architecture in scouts if budget.violation(architecture) is None]
    sizes = [math.log(measure(architecture)) for architecture in scouts]
    depths = [architecture.layers for architecture in scouts]
    deepest = max(depths) if budget.layers is None else budget.layers
    return [
        _Class(size, depth)
        for size in _cut(min(sizes), max(sizes), SIZES)
        for depth in _cut(min(depths) - 0.5, deepest + 0.5, DEPTHS)
    ]


def _cut(low: float, high: float, parts: int) -> list[tuple[float, float]]:
    width = (high - low) / parts
    return [(low + width * part, low + width * (part + 1)) for part in range(parts)]


def _walk_to(
    place: _Class,
    space: Space,
    budget: Budget,
    measure: Callable[[Architecture], float],
    taken: Container[Architecture],
    rng: Random,
) -> Architecture | None:
    """The end of a walk into a class; None where none that is not taken was reached."""

    def distance(architecture: Architecture) -> float:
        return place.distance(math.log(measure(architecture)), architecture.layers)

    current = space.initial()
    away = distance(current)
    settled = 0
    for _ in range(APPROACH):
        if away == 0:
            settled += 1
            if settled > SETTLE and current not in taken:
                return current
        step = space.mutate(current, rng)
        if budget.violation(step) is None and (there := distance(step)) <= away:
            current, away = step, there
    return None


def _outside(value: float, ends: tuple[float, float]) -> float:
    low, high = ends
    return max(0.0, low - value, value - high) / (high - low) if high > low else abs(value - low)

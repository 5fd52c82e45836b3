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

SIZE_CLASSES, DEPTH_CLASSES = 5, 3  # a sample is spread over these
SCOUTS = 300  # random architectures, which show the range of sizes and depths
APPROACH_MUTATIONS = 3_000  # a walk that has not reached its class by then is given up
SETTLE_MUTATIONS = 64  # made within the class before an architecture is taken, which then depends less on the way there


@dataclass(frozen=True)
class _Class:
    """A range of the logarithm of the size and a range of the depth, both ends included."""

    size: tuple[float, float]
    depth: tuple[float, float]

    def distance(self, size: float, depth: float) -> float:
        """How far an architecture lies outside the class: 0 inside, about 1 if it lies one class away."""
        return _outside(size, self.size) + _outside(depth, self.depth)


def stratified_sample(
    space: Space, budget: Budget, count: int, seed: int, size: Callable[[Architecture], float] | None = None
) -> list[Architecture]:
    """`count` distinct architectures within a budget, spread evenly over size and depth; ascending by size.

    `size` measures an architecture (None: its number of parameters). The range of log sizes is cut into five equal
    classes, that of depths (layers) into three, and each of the fifteen combinations gets the same share of the sample.
    So size and depth are nearly independent in it, and neither can stand in for the other. Each architecture is the end
    of a random walk of its own from the initial architecture: mutations that lead away from its class are refused, and
    64 more are made within the class. If no walk reaches a combination, the others get its share. The ranges are those
    of 300 random architectures, up to the limits of the budget.

    Raises ExhaustedError if the budget holds too few architectures, ValueError if the initial one exceeds it.
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
    """Draw `count` of those given architectures that keep the budget, uniformly.

    For spaces that can be listed. Raises ExhaustedError if too few architectures keep the budget.
    """
    within = [architecture for architecture in architectures if budget.violation(architecture) is None]
    if len(within) < count:
        raise ExhaustedError(
            f"only {len(within)} of {count} architectures are within the budget; raise it, or ask for fewer"
        )
    return Random(f"sample {seed}").sample(within, count)


def draw_evenly(pools: Iterable[Iterable[T]], count: int, seed: int) -> list[T]:
    """Draw `count` distinct items, one from each pool in turn and at random within it; fewer if there are fewer."""
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
        for size in _cut(min(sizes), max(sizes), SIZE_CLASSES)
        for depth in _cut(min(depths) - 0.5, deepest + 0.5, DEPTH_CLASSES)
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
    """The end of a walk into a class, an architecture that is not `taken`; None if the walk reaches none."""

    def distance(architecture: Architecture) -> float:
        return place.distance(math.log(measure(architecture)), architecture.layers)

    current = space.initial()
    away = distance(current)
    settled = 0
    for _ in range(APPROACH_MUTATIONS):
        if away == 0:
            settled += 1
            if settled > SETTLE_MUTATIONS and current not in taken:
                return current
        step = space.mutate(current, rng)
        if budget.violation(step) is None and (there := distance(step)) <= away:
            current, away = step, there
    return None


def _outside(value: float, ends: tuple[float, float]) -> float:
    low, high = ends
    return max(0.0, low - value, value - high) / (high - low) if high > low else abs(value - low)

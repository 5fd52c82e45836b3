"""A random sample of the architectures within a budget: what correlations are computed over."""

import math
from collections.abc import Callable, Iterable
from random import Random

from search.budget import Budget
from search.strategy import PATIENCE, ExhaustedError
from search.walk import wander
from space import Architecture, Space

POOL = 50  # architectures drawn for each one kept
STEPS = 16  # mutations between two draws, enough to touch every block about twice


def stratified_sample(
    space: Space, budget: Budget, count: int, seed: int, size: Callable[[Architecture], float] | None = None
) -> list[Architecture]:
    """`count` distinct architectures of a space within a budget, ascending by `size` (parameters where none is given).

    A random walk from the initial architecture, one mutation a step, refuses steps that leave the budget; every 16th
    place is drawn until there are 50 · count distinct ones. Most of them lie close under the budget, where an
    architecture has most freedom. So that smaller ones are seen as well, `count` sizes are spaced evenly, in their
    logarithm, from the smallest drawn to the largest, and for each the architecture nearest in size is kept. Raises
    ExhaustedError where the budget holds too few, ValueError where the walk cannot start.
    """
    if count == 0:  # whatever the budget
        return []
    pool = {str(a): a for a in _pool(space, budget, POOL * count, Random(f"sample {seed}"))}
    measure = size or (lambda architecture: budget.cost(architecture).params)
    sizes = {text: math.log(measure(architecture)) for text, architecture in pool.items()}
    small, large = min(sizes.values(), default=0.0), max(sizes.values(), default=0.0)
    kept = []
    for index in range(count):
        target = small + (large - small) * index / max(1, count - 1)
        nearest = min(sizes, key=lambda text: (abs(sizes[text] - target), text))
        kept.append((sizes.pop(nearest), nearest))
    return [pool[text] for _, text in sorted(kept)]


def uniform_sample(architectures: Iterable[Architecture], budget: Budget, count: int, seed: int) -> list[Architecture]:
    """`count` of the given architectures that keep the budget, uniformly drawn; ExhaustedError where there are too few.

    For spaces that can be listed: there, most architectures are not as large as the budget allows.
    """
    within = [architecture for architecture in architectures if budget.violation(architecture) is None]
    if len(within) < count:
        raise ExhaustedError(f"only {len(within)} of {count} architectures are within the budget")
    return Random(f"sample {seed}").sample(within, count)


def _pool(space: Space, budget: Budget, size: int, rng: Random) -> list[Architecture]:
    current = space.initial()
    cause = budget.violation(current)
    if cause is not None:
        raise ValueError(f"the initial architecture of space {space.name!r} exceeds the budget of {cause}")
    pool: dict[Architecture, None] = {}
    idle = 0
    while len(pool) < size:
        current = wander(space, budget, current, STEPS, rng)
        idle = idle + 1 if current in pool else 0
        if idle * STEPS > PATIENCE:
            raise ExhaustedError(f"only {len(pool)} of {size} architectures found within the budget")
        pool[current] = None
    return list(pool)

"""A stratified random sample of the architectures within a budget: what correlations are computed over."""

from random import Random

from search.budget import Budget
from search.strategy import PATIENCE, ExhaustedError
from space import Space, Structure

POOL = 50  # architectures drawn for each one kept
STEPS = 16  # mutations between two draws, enough to touch every block about twice


def stratified_sample(space: Space, budget: Budget, count: int, seed: int) -> list[Structure]:
    """`count` distinct architectures of a space within a budget, ascending by parameters.

    A random walk from the initial architecture, one mutation a step, refuses steps that leave the budget; every 16th
    place is drawn until there are 50 · count distinct ones. These are cut into `count` strata of equal size by their
    number of parameters, and one is kept of each: a uniform sample of the walk's architectures whose spread in size
    does not depend on luck. Raises ExhaustedError where the budget holds too few, ValueError where the walk cannot
    start.
    """
    rng = Random(f"sample {seed}")
    pool = _pool(space, budget, POOL * count, rng)
    pool.sort(key=lambda architecture: (budget.cost(architecture).params, str(architecture)))
    return [pool[POOL * stratum + int(rng.random() * POOL)] for stratum in range(count)]


def _pool(space: Space, budget: Budget, size: int, rng: Random) -> list[Structure]:
    current = space.initial()
    cause = budget.violation(current)
    if cause is not None:
        raise ValueError(f"the initial architecture of space {space.name!r} exceeds the budget of {cause}")
    pool: dict[Structure, None] = {}
    idle = 0
    while len(pool) < size:
        for _ in range(STEPS):
            step = space.mutate(current, rng)
            if budget.violation(step) is None:
                current = step
        idle = idle + 1 if current in pool else 0
        if idle * STEPS > PATIENCE:
            raise ExhaustedError(f"only {len(pool)} of {size} architectures found within the budget")
        pool[current] = None
    return list(pool)

"""Random architectures that keep a budget."""

from random import Random

from ..space import LONGEST_WALK, Architecture, Space, draw_below
from .budget import Budget


def constrained_walk(space: Space, budget: Budget, start: Architecture, steps: int, rng: Random) -> Architecture:
    """The end of a random walk: `steps` mutations of one place each. Mutations that leave the budget are refused."""
    for _ in range(steps):
        step = space.mutate(start, rng)
        if budget.violation(step) is None:
            start = step
    return start


def random_architecture(space: Space, budget: Budget, rng: Random) -> Architecture:
    """Draw a random architecture, independently of all others. It may exceed the budget, as any proposal may.

    In a space that can be listed, it is drawn uniformly. In a super-block space it is the end of a random walk from the
    initial architecture, 1 to 64 mutations long, that keeps the budget from its first mutation on. The space's own
    `random` ignores the budget: three in four of its walks end outside a budget of 1M parameters and 18 layers, 49 in
    50 outside one of 30k parameters; those that end inside are short and stay close to the initial architecture.
    """
    if space.size is not None:
        return space.random(rng)
    first = space.founder(rng)
    if budget.violation(first) is not None:
        return first  # the caller rejects and counts it, with the cause
    return constrained_walk(space, budget, first, draw_below(rng, LONGEST_WALK), rng)

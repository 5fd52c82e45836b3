"""Random architectures that keep a budget."""

from random import Random

from ..space import LONGEST_WALK, Architecture, Space, draw_below
from .budget import Budget


def constrained_walk(space: Space, budget: Budget, start: Architecture, steps: int, rng: Random) -> Architecture:
    """The end of a random walk: `steps` mutations of one place each; those that leave the budget are refused."""
    for _ in range(steps):
        step = space.mutate(start, rng)
        if budget.violation(step) is None:
            start = step
    return start


def random_architecture(space: Space, budget: Budget, rng: Random) -> Architecture:
    """A random architecture, drawn independently of all others; it may exceed the budget, as any proposal may.

    In a space that can be listed: uniformly drawn. In a super-block space, where nothing is uniform: the end of a
    random walk from the initial architecture, 1 to 64 mutations long, that keeps the budget from its first mutation on.
    The space's own `random` knows no budget: three in four of its walks leave one of 1M parameters and 18 layers, 49 in
    50 one of 30k, and those that stay are the short ones, all close to the initial architecture.
    """
    if space.size is not None:
        return space.random(rng)
    first = space.founder(rng)
    if budget.violation(first) is not None:
        return first  # for the caller to reject and count, with the cause
    return constrained_walk(space, budget, first, draw_below(rng, LONGEST_WALK), rng)

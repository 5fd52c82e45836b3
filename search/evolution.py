"""The published steady-state evolution."""

import heapq

from search.budget import Budget
from search.strategy import Strategy
from space import Space, Structure

SEEDS = 10  # members before parents are drawn from the population
FIRST_MUTATIONS, MUTATIONS = 1, 2


class Evolution(Strategy):
    """One candidate at a time joins the population, and while there are too many the worst leaves.

    Until the population holds more than 10 members (or is full), a candidate is the initial architecture with one
    mutation; after that, a uniformly drawn member with two. As published with Incorporated-Score (Nguyen and Han, 2024)
    and Zen-NAS (Lin et al., 2021), but for duplicates: an architecture that was a candidate before is not scored again,
    as its score would be the same, and does not join twice. Of members with equal values the oldest leaves first.
    """

    def __init__(self, space: Space, budget: Budget, seed: int, population: int = 256):
        if population < 1:
            raise ValueError(f"population must be at least 1, got {population}")
        super().__init__(space, budget, seed)
        self.size = population
        self._initial = space.initial()
        # A heap by (value, age): the worst member is found in logarithmic time, and a heap is a list to draw from.
        self._heap: list[tuple[float, int, Structure]] = []

    @property
    def population(self) -> list[tuple[Structure, float]]:
        """Members and their values, best first."""
        return [(architecture, value) for value, _, architecture in sorted(self._heap, reverse=True)]

    def _propose(self) -> Structure:
        members = self._heap
        if len(members) <= min(SEEDS, self.size - 1):
            return self.space.mutate(self._initial, self._random, FIRST_MUTATIONS)
        _, _, parent = members[int(self._random.random() * len(members))]
        return self.space.mutate(parent, self._random, MUTATIONS)

    def _accept(self, architecture: Structure, value: float) -> None:
        heapq.heappush(self._heap, (value, self.counts.evaluations, architecture))
        while len(self._heap) > self.size:
            heapq.heappop(self._heap)

"""Regularized evolution: members die of age, not of a low value."""

from ..space import Architecture, Space, draw_below
from .budget import Budget
from .strategy import Strategy, Told
from .walk import random_architecture

# Real et al. draw 25 of 100 members; Ying et al. (NAS-Bench-101, 2019) 10 of 100. So a quarter of a small population,
# but never more than 25 of a large one: the time for a candidate must not grow with the population.
SAMPLED_SHARE, MAX_SAMPLE = 4, 25


class Regularized(Strategy):
    """A parent is the winner of a tournament; for every member that joins, the oldest one leaves.

    As in Real et al., "Regularized Evolution for Image Classifier Architecture Search", AAAI 2019: the first
    `population` members are random architectures; after that, `sample` members are drawn, with replacement, and the
    candidate is a child of the best of them. The result is the best candidate of all, even if it is no longer a member.

    Random architectures are those of `search.walk.random_architecture` and not the founders of the space, which are all
    one mutation away from the initial architecture: the published algorithm starts from a diverse population. Children
    are those of the space, as in `Evolution`. So the two strategies differ only in who is a parent and who leaves.

    With `relative`, a rule of `search.ranking`, candidates have tuples of components, and are compared by the ranks of
    these at the time of the tournament.
    """

    def __init__(self, space: Space, budget: Budget, seed: int, population: int = 256, relative: str | None = None):
        super().__init__(space, budget, seed, population, relative)
        self.size = population
        self.sample = min(MAX_SAMPLE, -(-population // SAMPLED_SHARE))
        # A ring: when it is full, the oldest member is at `_oldest` and the next newcomer takes its place.
        self._members: list[tuple[Architecture, Told]] = []
        self._oldest = 0

    @property
    def population(self) -> list[tuple[Architecture, float]]:
        """Members and their present values, the oldest first."""
        ring = self._members[self._oldest :] + self._members[: self._oldest]
        return [(architecture, self._kept.value(told)) for architecture, told in ring]

    def _propose(self) -> Architecture:
        if len(self._members) < self.size:
            return random_architecture(self.space, self.budget, self._random)
        drawn = (self._members[draw_below(self._random, self.size)] for _ in range(self.sample))
        parent, _ = max(drawn, key=lambda member: self._kept.value(member[1]))
        return self.space.child(parent, self._random)

    def _accept(self, architecture: Architecture, told: Told, evaluation: int) -> None:
        super()._accept(architecture, told, evaluation)
        if len(self._members) < self.size:
            self._members.append((architecture, told))
        else:
            self._members[self._oldest] = (architecture, told)
            self._oldest = (self._oldest + 1) % self.size

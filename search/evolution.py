"""The published steady-state evolution."""

from search.budget import Budget
from search.population import ByRank, ByValue, Population
from search.strategy import Best, Strategy, Told
from space import Architecture, Space

SEEDS = 10  # members before parents are drawn from the population


class Evolution(Strategy):
    """One candidate at a time joins the population, and while there are too many the worst leaves.

    Until the population holds more than 10 members (or is full), a candidate is a founder of the space (published: the
    initial architecture with one mutation); after that, a child of a uniformly drawn member (two mutations). As
    published with Incorporated-Score (Nguyen and Han, 2024) and Zen-NAS (Lin et al., 2021), but for duplicates: an
    architecture that was a candidate before is not scored again, as its score would be the same, and does not join
    twice. Of members with equal values the oldest leaves first.

    With `relative`, a rule of `search.ranking`, a candidate is told not as a value but as a tuple of components: its
    value comes from their ranks among those of all candidates so far, and changes with every candidate.
    """

    def __init__(self, space: Space, budget: Budget, seed: int, population: int = 256, relative: str | None = None):
        super().__init__(space, budget, seed)
        self._members: Population = ByValue(population) if relative is None else ByRank(population, relative)

    @property
    def best(self) -> Best | None:
        """The best candidate so far; with `relative`, the best member and its present value. Of equals, the oldest."""
        return self._members.best

    @property
    def population(self) -> list[tuple[Architecture, float]]:
        """Members and their present values, best first."""
        return self._members.ordered()

    def _propose(self) -> Architecture:
        members, count = self._members, len(self._members)
        if count <= SEEDS and count < members.size:
            return self.space.founder(self._random)
        return self.space.child(members[int(self._random.random() * count)], self._random)

    def _accept(self, architecture: Architecture, told: Told, evaluation: int) -> None:
        self._members.add(architecture, told, evaluation)

"""Local search: hill climbing with restarts."""

from collections import deque

from ..space import Architecture, Space
from .budget import Budget
from .strategy import Strategy, Told
from .walk import random_architecture

# A climb ends after this many neighbours that are no better, or after this many proposals in a row that are not a new
# neighbour within the budget, which means that none is left. (A NAS-Bench-201 cell has 24 neighbours; the chance to
# miss one is below 10⁻¹⁷. Under 1M parameters, climbs still find a better neighbour after hundreds that are not.)
CLIMB_PATIENCE = 1000


class Local(Strategy):
    """Climb from a random architecture to better and better neighbours; where no neighbour is better, start anew.

    Neighbours come in random order, and the climb moves to the first better one. White et al., "Exploring the Loss
    Landscape in Neural Architecture Search", UAI 2021, score all neighbours before they move; the super-block spaces
    have too many for that. A climb ends where no better neighbour is found, and the next one starts at a random
    architecture (see `search.walk.random_architecture`). Since nothing is scored twice, a climb also ends where all its
    neighbours were candidates of an earlier climb.

    Neighbours are children of the space, as in evolution. In the super-block spaces these have two mutations; with one,
    a climb would end early under a tight budget, where a block can grow only if another one shrinks.

    Several candidates may be in flight. The climb also moves to a neighbour of a place that it has left meanwhile, if
    that neighbour is better than its present place. Values of an ended climb count only for the best candidate. A climb
    may have several starts in flight; it continues from the best of them.

    With `relative`, a rule of `search.ranking`, candidates have tuples of components and are compared by their present
    ranks; the best is the best of the `population` candidates that are kept. Otherwise `population` has no effect.
    """

    def __init__(self, space: Space, budget: Budget, seed: int, population: int = 256, relative: str | None = None):
        super().__init__(space, budget, seed, population, relative)
        self._place: tuple[Architecture, Told] | None = None  # where the climb is; None before it has a start
        self._climb = 0  # its number, counted from 0
        self._climbs: deque[int] = deque()  # the climbs of the candidates in flight
        self._tried = 0  # neighbours asked for since the climb reached its place
        self._idle = 0  # proposals in a row that were not a new neighbour

    def ask(self) -> Architecture:
        """A candidate within the budget that was not asked for before. Raises ExhaustedError if none is found."""
        candidate = super().ask()
        self._idle, self._tried = 0, self._tried + 1
        self._climbs.append(self._climb)
        return candidate

    def tell(self, architecture: Architecture, value: Told | None) -> None:
        """Report a candidate's value, as every strategy takes it."""
        super().tell(architecture, value)
        self._climbs.popleft()

    def _propose(self) -> Architecture:
        if self._place is not None and max(self._idle, self._tried) >= CLIMB_PATIENCE:
            self._climb, self._place = self._climb + 1, None
        if self._place is None:
            return random_architecture(self.space, self.budget, self._random)
        self._idle += 1
        return self.space.child(self._place[0], self._random)

    def _accept(self, architecture: Architecture, told: Told, evaluation: int) -> None:
        super()._accept(architecture, told, evaluation)
        if self._climbs[0] != self._climb:
            return
        value = self._kept.value
        if self._place is None or value(told) > value(self._place[1]):
            self._place, self._tried, self._idle = (architecture, told), 0, 0

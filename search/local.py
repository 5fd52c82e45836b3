"""Local search: hill climbing with restarts."""

from collections import deque

from ..space import Architecture, Space
from .budget import Budget
from .strategy import Strategy, Told
from .walk import random_architecture

# A climb ends after so many neighbours that are no better, or so many proposals in a row that are no new neighbour
# within the budget: then there is none left. (Of the 24 neighbours of a NAS-Bench-201 cell, one is missed with a chance
# below 10⁻¹⁷. Climbs under 1M parameters still find a better one after hundreds that are not.)
GIVE_UP = 1000


class Local(Strategy):
    """From a random architecture to a better neighbour, again and again; where no neighbour is better, a new start.

    First improvement: neighbours come in random order, and the first that is better becomes the place to go on from.
    White et al., "Exploring the Loss Landscape in Neural Architecture Search", UAI 2021, score all neighbours first,
    but in the super-block spaces there are too many. A climb ends where no better neighbour is found, and the next
    starts at a random architecture, see `search.walk.random_architecture`. As nothing is scored twice, a climb ends as
    well where its neighbours were those of an earlier one.

    Neighbours are the children of the space, as in the evolutions. With one mutation in place of the two of the
    super-block spaces a climb ends early under a tight budget, where one block can only grow if another shrinks.

    Several candidates may be out: neighbours of a place that the climb has left meanwhile still count, if they are
    better than where it is now; those of an ended climb count for the best only. Starts of the same climb may be
    several, of which the best is where it goes on.

    With `relative`, a rule of `search.ranking`, candidates are told as tuples of components and compared by what these
    are worth at present, and the best is found among the `population` that are kept; otherwise `population` changes
    nothing.
    """

    def __init__(self, space: Space, budget: Budget, seed: int, population: int = 256, relative: str | None = None):
        super().__init__(space, budget, seed, population, relative)
        self._place: tuple[Architecture, Told] | None = None  # where the climb is; None while no start has a value
        self._climb = 0  # its number
        self._climbs: deque[int] = deque()  # of the candidates that are out
        self._tried = 0  # neighbours asked for since the climb got to its place
        self._idle = 0  # proposals in a row that were no new neighbour

    def ask(self) -> Architecture:
        """A candidate within the budget that was not asked for before; ExhaustedError where none is found."""
        candidate = super().ask()
        self._idle, self._tried = 0, self._tried + 1
        self._climbs.append(self._climb)
        return candidate

    def tell(self, architecture: Architecture, value: Told | None) -> None:
        """Report a candidate's value, as every strategy takes it."""
        super().tell(architecture, value)
        self._climbs.popleft()

    def _propose(self) -> Architecture:
        if self._place is not None and max(self._idle, self._tried) >= GIVE_UP:
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

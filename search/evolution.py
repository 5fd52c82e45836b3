"""The published steady-state evolution."""

from ..space import Architecture
from .strategy import Strategy

FOUNDERS = 10  # members that the population must have before parents are drawn from it


class Evolution(Strategy):
    """One candidate at a time joins the population; if it is then too large, its worst member leaves.

    Until the population holds more than 10 members (or is full), a candidate is a founder of the space (published: the
    initial architecture with one mutation); after that, a child of a uniformly drawn member (two mutations). As
    published with Incorporated-Score (Nguyen and Han, 2024) and Zen-NAS (Lin et al., 2021), with one difference: an
    architecture that was a candidate before is not scored again, since its score would be the same, and does not join
    twice. Of members with equal values the oldest leaves first.
    """

    @property
    def population(self) -> list[tuple[Architecture, float]]:
        """Members and their present values, best first."""
        return self.members

    def _propose(self) -> Architecture:
        members, count = self._kept, len(self._kept)
        if count <= FOUNDERS and count < members.size:
            return self.space.founder(self._random)
        return self.space.child(members[int(self._random.random() * count)], self._random)

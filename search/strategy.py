"""What every search strategy is: `ask` for a candidate, `tell` its score."""

from abc import ABC, abstractmethod
from collections import Counter, deque
from dataclasses import dataclass, field
from random import Random

from ..space import Architecture, Space
from .budget import Budget
from .population import Best, ByRank, ByValue, Population, Told

PATIENCE = 100_000  # proposals in a row without a new candidate within the budget before a search gives up


class ExhaustedError(Exception):
    """No new candidate within the budget could be found."""


@dataclass
class Counts:
    """What became of the proposals: evaluations, duplicates of earlier candidates, and those a limit rejected."""

    proposals: int = 0
    evaluations: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


class Strategy(ABC):
    """A seeded search over a space under a budget, pure: no clock, no device, no I/O. Higher values are better.

    Several candidates may be out at a time; their values are told in the order in which they were asked for, so the
    search depends on how many are out (its *lag*), but not on which value was computed first.

    The best `population` candidates are kept. With `relative`, a rule of `search.ranking`, a candidate is told not as a
    value but as a tuple of components: its value comes from their ranks among those of all candidates so far, and
    changes with every candidate.
    """

    def __init__(self, space: Space, budget: Budget, seed: int, population: int = 256, relative: str | None = None):
        self.space = space
        self.budget = budget
        self.counts = Counts()
        # Seeded by text: the generator then hashes it, and neighbouring seeds are unrelated.
        self._random = Random(f"{type(self).__name__} {seed}")
        self._out: deque[Architecture] = deque()
        # Hashes instead of architectures: a search of half a million candidates has to fit in memory, and the chance
        # that two of them share 64 bits is below 10⁻⁸.
        self._seen: set[int] = set()
        self._kept: Population = ByValue(population) if relative is None else ByRank(population, relative)

    @property
    def best(self) -> Best | None:
        """The best candidate so far; with `relative`, the best of those kept, and its present value."""
        return self._kept.best

    @property
    def members(self) -> list[tuple[Architecture, float]]:
        """The best `population` candidates so far and their present values, best first."""
        return self._kept.ordered()

    def ask(self) -> Architecture:
        """A candidate within the budget that was not asked for before; ExhaustedError where none is found.

        Of architectures that compute the same function, `Space.canonical` is the one that is asked for: all searches
        name it alike, so that they can share its score.
        """
        refused: dict[str, int] = {}  # no Counter: making one for each candidate would take a tenth of a search
        for _ in range(PATIENCE):
            candidate = self.space.canonical(self._propose())
            self.counts.proposals += 1
            cause = self.budget.violation(candidate)
            if cause is not None:
                self.counts.rejected[cause] += 1
            elif (key := hash(self.space.key(candidate))) in self._seen:
                self.counts.duplicates += 1
                cause = "seen before"
            else:
                self._seen.add(key)
                self._out.append(candidate)
                return candidate
            refused[cause] = refused.get(cause, 0) + 1
        causes = ", ".join(f"{cause} {count}" for cause, count in Counter(refused).most_common())
        raise ExhaustedError(f"no new candidate within the budget in {PATIENCE} proposals ({causes})")

    def tell(self, architecture: Architecture, value: Told | None) -> None:
        """Report a candidate's value; None if it has none (a failed score): it counts as evaluated and is not kept.

        A relative search takes components in place of a value. Raises ValueError, and the search stays as it is, unless
        `architecture` is the one asked for longest ago and `value` is of the kind that the search takes.
        """
        if not self._out or (self._out[0] is not architecture and self._out[0] != architecture):
            expected = f"the next value must be that of {self._out[0]}" if self._out else "ask for a candidate first"
            raise ValueError(f"told out of order: {expected}")
        if value is not None:
            self._accept(architecture, value, self.counts.evaluations + 1)
        self._out.popleft()
        self.counts.evaluations += 1

    @abstractmethod
    def _propose(self) -> Architecture:
        """Any architecture of the space; the caller checks it."""

    def _accept(self, architecture: Architecture, told: Told, evaluation: int) -> None:
        """Take note of a scored candidate and the number of its evaluation; ValueError where `told` does not fit."""
        self._kept.add(architecture, told, evaluation)

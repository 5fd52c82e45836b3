"""What every search strategy has: `ask` for a candidate, `tell` its value."""

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
    """How many proposals there were, and what they were: evaluated, duplicates of candidates, rejected by a limit."""

    proposals: int = 0
    evaluations: int = 0
    duplicates: int = 0
    rejected: Counter[str] = field(default_factory=Counter)


class Strategy(ABC):
    """A seeded search over a space under a budget, pure: no clock, no device, no I/O. Higher values are better.

    Several candidates may be in flight: asked for, but not told yet. Their values are told in the order in which they
    were asked for. So the search depends on how many are in flight (its *lag*), but not on which value was computed
    first.

    The best `population` candidates are kept. With `relative`, a rule of `search.ranking`, a tuple of components is
    told instead of a value. The value then comes from the ranks of the components among those of all candidates so far,
    and changes with every candidate.
    """

    def __init__(self, space: Space, budget: Budget, seed: int, population: int = 256, relative: str | None = None):
        self.space = space
        self.budget = budget
        self.counts = Counts()
        # Seeded by a text, which the generator hashes, so that neighbouring seeds are unrelated.
        self._random = Random(f"{type(self).__name__} {seed}")
        self._out: deque[Architecture] = deque()
        # Hashes instead of architectures, so that half a million candidates fit in memory. The chance that two of them
        # have the same 64 bits is below 10⁻⁸.
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
        """A candidate within the budget that was not asked for before. Raises ExhaustedError if none is found.

        Of all architectures that compute the same function, the one of `Space.canonical` is asked for: all searches use
        the same one, so that they can share its score.
        """
        refused: dict[str, int] = {}  # not a Counter: making one for each candidate would take a tenth of a search
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
        """Report a candidate's value. None means that its score failed: it counts as evaluated and is not kept.

        A relative search takes components in place of a value. Raises ValueError, and changes nothing, unless
        `architecture` is the first of the candidates in flight and `value` is of the kind that the search takes.
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
        """Propose any architecture of the space; the caller checks it."""

    def _accept(self, architecture: Architecture, told: Told, evaluation: int) -> None:
        """Add a scored candidate and the number of its evaluation. Raises ValueError if `told` is of the wrong kind."""
        self._kept.add(architecture, told, evaluation)

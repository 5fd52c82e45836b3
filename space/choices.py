"""Spaces that can be listed: a fixed number of places, each with one of a few operations."""

import itertools
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import Any

from .base import Space, draw_below


@dataclass(frozen=True)
class ChoiceSpace(Space[Any]):
    """A space whose architectures are a tuple of `operations`, one for each place, as in tabular benchmarks.

    `architecture` makes an architecture from its operations, `read` from its text.
    """

    name: str
    start: str
    choices: tuple[str, ...]
    places: int
    architecture: Callable[[tuple[str, ...]], Any]
    read: Callable[[str], Any]
    resolution: int
    num_classes: int

    @property
    def size(self) -> int:  # type: ignore[override]
        """Number of architectures, counting isomorphic ones separately."""
        return len(self.choices) ** self.places

    def parse(self, text: str) -> Any:
        """Read an architecture. Raises ValueError if the text is not one."""
        return self.read(text)

    def mutate(self, architecture: Any, rng: Random, mutations: int = 1) -> Any:
        """A copy in which `mutations` uniformly drawn places have *another* operation."""
        operations = list(architecture.operations)
        for place in dict.fromkeys(draw_below(rng, self.places) for _ in range(mutations)):
            others = [choice for choice in self.choices if choice != operations[place]]
            operations[place] = others[draw_below(rng, len(others))]
        return self.architecture(tuple(operations))

    def random(self, rng: Random) -> Any:
        """Draw an architecture uniformly."""
        return self.architecture(tuple(self.choices[draw_below(rng, len(self.choices))] for _ in range(self.places)))

    def founder(self, rng: Random) -> Any:
        """Draw an architecture uniformly: these spaces have no small network to grow from."""
        return self.random(rng)

    def child(self, parent: Any, rng: Random) -> Any:
        """Give one place of the parent another operation."""
        return self.mutate(parent, rng)

    def key(self, architecture: Any) -> Hashable:
        """A value that isomorphic architectures share."""
        return architecture.key

    def canonical(self, architecture: Any) -> Any:
        """The architecture with the fewest unused parts among those that share its key.

        It has the fewest convolutions; among equals, the fewest operations other than the first of `choices`; among
        equals again, it comes first in the order of `architectures`. The first call lists the whole space, which takes
        less than a second for 15,625 cells.
        """
        return _representatives(self)[self.key(architecture)]

    def starting_from(self, start: str) -> "ChoiceSpace":
        """The same space with another initial architecture. Raises ValueError if `start` is no architecture."""
        self.parse(start)
        return replace(self, start=start)

    def architectures(self) -> Iterator[Any]:
        """All architectures, in lexicographic order of their operations."""
        return (self.architecture(operations) for operations in itertools.product(self.choices, repeat=self.places))


@lru_cache(maxsize=4)
def _representatives(space: ChoiceSpace) -> dict[Hashable, Any]:
    """For each key of a space, the representative of all architectures that share it."""
    found: dict[Hashable, tuple[tuple[int, int], Any]] = {}
    for one in space.architectures():
        key = space.key(one)
        parts = one.layers, sum(operation != space.choices[0] for operation in one.operations)
        if key not in found or parts < found[key][0]:
            found[key] = parts, one
    return {key: one for key, (_, one) in found.items()}

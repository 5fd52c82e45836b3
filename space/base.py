"""What every search space is."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator
from random import Random
from typing import Any, Generic, TypeVar

A = TypeVar("A")


class Space(ABC, Generic[A]):
    """A search space over architectures of type A.

    `resolution` (pixels) and `num_classes` are those it was published with; `start` is the text of the initial
    architecture; `choices` are the kinds of block or the operations that a mutation draws from; `size` is the number
    of architectures where they can be listed, else None.
    """

    name: str
    start: str
    choices: tuple[str, ...]
    resolution: int
    num_classes: int
    size: int | None

    def initial(self) -> A:
        """The architecture that a search starts from."""
        return self.parse(self.start)

    @abstractmethod
    def parse(self, text: str) -> A:
        """Read an architecture; `ValueError` where the text is none or foreign to this space."""

    @abstractmethod
    def mutate(self, architecture: A, rng: Random, mutations: int = 1) -> A:
        """A copy with `mutations` uniformly drawn places replaced; a place drawn twice is replaced once."""

    @abstractmethod
    def random(self, rng: Random) -> A:
        """Any architecture of the space, without any budget."""

    @abstractmethod
    def founder(self, rng: Random) -> A:
        """A candidate before a search has parents."""

    @abstractmethod
    def child(self, parent: A, rng: Random) -> A:
        """A candidate of a search, from one of its members."""

    @abstractmethod
    def key(self, architecture: A) -> Hashable:
        """What two architectures share only if they compute the same function: a search takes them for one."""

    def canonical(self, architecture: A) -> A:
        """The architecture that stands for all that share its key: every search and every store call it so."""
        return architecture

    @abstractmethod
    def starting_from(self, start: str) -> "Space[A]":
        """The same space with another initial architecture (`ValueError` if it is none)."""

    def architectures(self) -> Iterator[A]:
        """All architectures; ValueError where they are too many to list."""
        raise ValueError(f"space {self.name!r} cannot be listed")


def draw_below(rng: Random, n: int) -> int:
    """A whole number from 0 to n − 1.

    int(random()·n) is several times faster than randrange, which matters at 20,000 candidates a second; its bias is
    below n / 2⁵³.
    """
    return int(rng.random() * n)


AnySpace = Space[Any]

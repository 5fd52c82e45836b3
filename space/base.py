"""The interface of every search space."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator
from random import Random
from typing import Any, Generic, TypeVar

A = TypeVar("A")


class Space(ABC, Generic[A]):
    """A search space over architectures of type A.

    `resolution` (pixels) and `num_classes` are the published ones. `start` is the text of the initial architecture.
    `choices` are the kinds of block, or the operations, that a mutation draws from. `size` is the number of
    architectures if they can be listed, else None.
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
        """Read an architecture. Raises ValueError if the text is not one, or if it is not one of this space."""

    @abstractmethod
    def mutate(self, architecture: A, rng: Random, mutations: int = 1) -> A:
        """A copy in which `mutations` uniformly drawn places are replaced; a place drawn twice is replaced once."""

    @abstractmethod
    def random(self, rng: Random) -> A:
        """Draw any architecture of the space, whatever it costs."""

    @abstractmethod
    def founder(self, rng: Random) -> A:
        """Make a candidate for a search that has no parents yet."""

    @abstractmethod
    def child(self, parent: A, rng: Random) -> A:
        """Make a candidate from a member of a search's population."""

    @abstractmethod
    def key(self, architecture: A) -> Hashable:
        """A value that two architectures share only if they compute the same function. A search treats them as one."""

    def canonical(self, architecture: A) -> A:
        """The representative of all architectures that share this key: searches and stores use it for all of them."""
        return architecture

    @abstractmethod
    def starting_from(self, start: str) -> "Space[A]":
        """The same space with another initial architecture. Raises ValueError if `start` is no architecture of it."""

    def architectures(self) -> Iterator[A]:
        """All architectures. Raises ValueError if there are too many to list."""
        raise ValueError(f"space {self.name!r} cannot be listed: it has too many architectures")


def draw_below(rng: Random, n: int) -> int:
    """A whole number from 0 to n − 1.

    int(random()·n) is several times faster than randrange, which matters at 20,000 candidates per second; its bias is
    below n / 2⁵³.
    """
    return int(rng.random() * n)


AnySpace = Space[Any]

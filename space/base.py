"""The interface of every search space."""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator
from random import Random
from typing import Any, Generic, TypeVar

A = TypeVar("A")


class Space(ABC, Generic[A]):
    """A search space over architectures of type A.

    `resolution` (pixels) and `num_classes` are the published ones; `start` is the text of the initial architecture;
    `choices` are the kinds of block or the operations that a mutation draws from; `size` is the number of architectures
    if they can be listed, else None.
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
        """Read an architecture; `ValueError` if the text is not one, or not one of this space."""

    @abstractmethod
    def mutate(self, architecture: A, rng: Random, mutations: int = 1) -> A:
        """A copy in which `mutations` uniformly drawn places are replaced; a place drawn twice is replaced once."""

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
        """Equal for two architectures only if they compute the same function: a search treats them as one."""

    def canonical(self, architecture: A) -> A:
        """The representative of all architectures that share this key: searches and stores use it for them all."""
        return architecture

    @abstractmethod
    def starting_from(self, start: str) -> "Space[A]":
        """The same space with another initial architecture (`ValueError` if it is none)."""

    def architectures(self) -> Iterator[A]:
        """All architectures; ValueError if there are too many to list."""
        raise ValueError(f"space {self.name!r} cannot be listed: it has too many architectures")


def draw_below(rng: Random, n: int) -> int:
    """A whole number from 0 to n − 1.

    int(random()·n) is several times faster than randrange, which matters at 20,000 candidates per second; its bias is
    below n / 2⁵³.
    """
    return int(rng.random() * n)


AnySpace = Space[Any]

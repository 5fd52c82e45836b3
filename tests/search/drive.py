"""How the tests drive a search."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from zsbench import space
from zsbench.search import Budget, Strategy

RESNET = space.get("resnet")
MILLION = Budget(params=1_000_000, layers=18)


class Written(type(space.get("nasbench201"))):
    """A space in which architectures that are written differently are different: then all of them can be found."""

    def key(self, architecture: space.Cell) -> space.Cell:
        return architecture


SMALL = replace(Written(**vars(space.get("nasbench201"))), choices=("nor_conv_1x1", "nor_conv_3x3", "skip_connect"))
EVERY = list(SMALL.architectures())  # 3⁶ = 729


def macs(architecture: Any) -> float:
    return float(space.cost(architecture).macs)


def drive(search: Strategy, evaluations: int, lag: int = 1, value: Callable[[Any], Any] = macs) -> list[Any]:
    """Drive a search on; the candidates in the order in which they were asked for."""
    asked: list[Any] = []
    out: deque[Any] = deque()
    end = search.counts.evaluations + evaluations
    while search.counts.evaluations < end:
        while len(out) < lag and search.counts.evaluations + len(out) < end:
            out.append(search.ask())
            asked.append(out[-1])
        search.tell(out[0], value(out[0]))
        out.popleft()
    return asked


def apart(one: space.Cell, other: space.Cell) -> int:
    """In how many places two cells differ."""
    return sum(a != b for a, b in zip(one.operations, other.operations, strict=True))

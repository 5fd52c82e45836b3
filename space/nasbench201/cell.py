"""The cells of NAS-Bench-201 (Dong and Yang, ICLR 2020): their text form, and which of them are isomorphic.

A cell has four nodes. Node 0 is its input, node 3 its output; each node is the sum over all earlier nodes of an
operation on them. The text names the six operations node by node, each with the node that it reads:

    |op~0|+|op~0|op~1|+|op~0|op~1|op~2|
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import permutations

from ...names import unknown_name
from ..spelling import bare
from .operations import EDGES, KERNELS, OPERATIONS
from .spellings import operations_of, without_frame

CELLS, STAGES = 5, 3  # cells in each stage, stages


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: one operation for each edge, in the order of `EDGES`. Immutable; `str()` gives the cell string."""

    operations: tuple[str, ...]

    @property
    def layers(self) -> int:
        """Number of convolutions of the network: stem, cells, and two in each of the two reductions."""
        return 1 + STAGES * CELLS * sum(operation in KERNELS for operation in self.operations) + 2 * (STAGES - 1)

    @property
    def key(self) -> tuple[str, ...]:
        """Equal keys mean isomorphic cells: the same function up to renaming of nodes and convolutions.

        The key is the output, written as a sum of expressions in the input x: a skip is replaced by the node that it
        reads, and everything that is zero is left out. Convolutions are numbered, since each has its own weights, and
        the key is the smallest expression over all numberings. Cells with the same key may differ in cost: by parts
        that do not reach the output.
        """
        return _key(self.operations)

    def __str__(self) -> str:
        edges = list(zip(EDGES, self.operations, strict=True))
        nodes = (
            "".join(f"{name}~{source}|" for (target, source), name in edges if target == node) for node in (1, 2, 3)
        )
        return "+".join(f"|{node}" for node in nodes)

    @staticmethod
    def parse(text: str) -> "Cell":
        """Read a cell string or another spelling of a cell (`spellings`). The ValueError says what is wrong."""
        text = without_frame(bare(text))
        known = operations_of(text)
        if known is not None:
            return Cell(known)
        nodes = "".join(text.split()).split("+")
        if len(nodes) != 3:
            raise ValueError(
                f"expected three nodes joined by +, as in |op~0|+|op~0|op~1|+|op~0|op~1|op~2|; found {len(nodes)}"
            )
        operations = []
        for node, part in enumerate(nodes, start=1):
            names = [_read_edge(edge, node, source) for source, edge in enumerate(_edges_of(part, node))]
            operations.extend(names)
        return Cell(tuple(operations))


@lru_cache(maxsize=1 << 14)
def _key(operations: tuple[str, ...]) -> tuple[str, ...]:
    convolutions = [place for place, operation in enumerate(operations) if operation in KERNELS]
    expressions = []
    for numbers in permutations(range(len(convolutions))):
        numbered = list(operations)
        for place, number in zip(convolutions, numbers, strict=True):
            numbered[place] += f"#{number}"
        expressions.append(_expression(numbered))
    return min(expressions)


def _expression(operations: Sequence[str]) -> tuple[str, ...]:
    """The sorted terms of the sum that is the last node; none if it is zero."""
    nodes: list[tuple[str, ...]] = [("x",)]
    for node in (1, 2, 3):
        terms: list[str] = []
        for (target, source), operation in zip(EDGES, operations, strict=True):
            if target == node and operation != "none" and nodes[source]:
                terms += nodes[source] if operation == "skip_connect" else [f"{operation}({'+'.join(nodes[source])})"]
        nodes.append(tuple(sorted(terms)))
    return nodes[-1]


def _edges_of(part: str, node: int) -> list[str]:
    edges = part[1:-1].split("|")
    if not re.fullmatch(r"\|.*\|", part) or len(edges) != node:
        wanted = "".join(f"op~{source}|" for source in range(node))
        raise ValueError(f"node {node}: expected |{wanted}, found {part[:60]!r}")
    return edges


def _read_edge(edge: str, node: int, source: int) -> str:
    name, separator, number = edge.partition("~")
    if not separator or number != str(source):
        raise ValueError(f"node {node}, edge {source + 1}: expected op~{source}, found {edge[:40]!r}")
    if name not in OPERATIONS:
        raise ValueError(f"node {node}: {unknown_name('operation', name[:40], OPERATIONS)}")
    return name

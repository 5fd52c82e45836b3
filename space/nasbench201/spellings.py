"""Other ways in which published files write a cell of NAS-Bench-201."""

import re
from functools import cache
from itertools import product
from random import Random

from .operations import EDGES, OPERATIONS

# Of NASLib (Mehta et al., "NAS-Bench-Suite", ICLR 2022): the operations in its order, and the place in its tuple of
# each edge of `EDGES`, since it sorts edges by the node that they read.
NASLIB_OPERATIONS = ("skip_connect", "none", "nor_conv_3x3", "nor_conv_1x1", "avg_pool_3x3")
NASLIB_PLACES = tuple(sorted(EDGES, key=lambda edge: (edge[1], edge[0])).index(edge) for edge in EDGES)

SHUFFLE_SEED = 88  # with which the benchmark's authors shuffled the list of all cells, for their indices


def operations_of(text: str) -> tuple[str, ...] | None:
    """The operations, in the order of `EDGES`, of a text that is a tuple of NASLib or an index of NATS-Bench.

    None for any other text. A tuple is written `(4, 0, 3, 1, 4, 3)`, also as a list; an index has no leading zeros.
    `ValueError` for a tuple or index that no cell has.
    """
    found = re.fullmatch(r"[(\[]\s*([-0-9\s,]*)[)\]]", text)
    if found:
        return _of_tuple(found[1])
    if not re.fullmatch(r"0|[1-9][0-9]*", text):
        return None
    count = len(OPERATIONS) ** len(EDGES)
    if len(text) > len(str(count)) or int(text) >= count:
        raise ValueError(f"an index is at most {count - 1}, found {text[:40]}")
    return _by_index()[int(text)]


def without_frame(text: str) -> str:
    """The cell string of a text such as `Structure(4 nodes with |…|)`, as AutoDL's code prints it; else the text."""
    found = re.fullmatch(r"\w+\(\s*[0-9]+\s*nodes\s*with\s*(.*)\)", text)
    return found[1] if found else text


def _of_tuple(inner: str) -> tuple[str, ...]:
    numbers = [part.strip() for part in inner.split(",") if part.strip()]
    wanted = {str(number) for number in range(len(NASLIB_OPERATIONS))}
    if len(numbers) != len(EDGES) or not wanted.issuperset(numbers):
        raise ValueError(f"a tuple of NASLib has {len(EDGES)} numbers from 0 to 4, found ({inner[:40]})")
    return tuple(NASLIB_OPERATIONS[int(numbers[place])] for place in NASLIB_PLACES)


@cache
def _by_index() -> list[tuple[str, ...]]:
    """The operations of all cells, in the order of NATS-Bench's indices."""
    cells = list(product(OPERATIONS, repeat=len(EDGES)))
    Random(SHUFFLE_SEED).shuffle(cells)
    return cells

"""Structure strings: what an architecture of the super-block spaces is, and how its text is written and read.

An architecture is a chain of super-blocks, `Name(args)Name(args)…`, the text form that published winners come in:

    SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,1,8,1)SuperConvK1BNRELU(16,32,1,1)

Arguments are `in, out, stride, layers`, with `bottleneck` before `layers` in residual blocks. A block may carry a name
before a bar, `SuperResK3K3(name|8,16,1,8,1)`; it is ignored.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from operator import attrgetter
from typing import NamedTuple

from ...names import did_you_mean
from ..conv import IMAGE_CHANNELS
from ..spelling import bare


class Kind(NamedTuple):
    """What the name of a super-block says: its family, kernel side and, for inverted residuals, its expansion."""

    family: str  # "conv", "basic" (KkKk), "bottleneck" (K1KkK1) or "inverted" (IDWEeKk)
    kernel: int
    expansion: int = 1


KINDS: dict[str, Kind] = {
    **{f"SuperConvK{k}BNRELU": Kind("conv", k) for k in (1, 3, 5, 7)},
    **{f"SuperResK{k}K{k}": Kind("basic", k) for k in (3, 5, 7)},
    **{f"SuperResK1K{k}K1": Kind("bottleneck", k) for k in (3, 5, 7)},
    **{f"SuperResIDWE{e}K{k}": Kind("inverted", k, e) for e in (1, 2, 4, 6) for k in (3, 5, 7)},
}


class Block(NamedTuple):
    """One super-block. `bottleneck` is 0 where the family has none (convolutions)."""

    kind: str
    in_channels: int
    out_channels: int
    stride: int
    bottleneck: int
    layers: int

    @property
    def residual(self) -> bool:
        """Whether the block is of a residual family."""
        return self.bottleneck > 0

    def __str__(self) -> str:
        channels = f"{self.in_channels},{self.out_channels},{self.stride}"
        bottleneck = f"{self.bottleneck}," if self.residual else ""
        return f"{self.kind}({channels},{bottleneck}{self.layers})"


@dataclass(frozen=True, slots=True)
class Structure:
    """An architecture: a chain of super-blocks. Immutable, hashable, comparable; `str()` gives the structure string."""

    blocks: tuple[Block, ...]

    @property
    def layers(self) -> int:
        """Layers as budgets count them: the sum of the blocks' `layers`."""
        return sum(map(_layers, self.blocks))

    def __str__(self) -> str:
        return "".join(map(_text, self.blocks))

    @staticmethod
    def parse(text: str) -> "Structure":
        """Read a structure string. The ValueError for a bad one says what is wrong and at which character."""
        return Structure(_read_blocks(bare(text)))


# `Block(*fields)` from a tuple, in a third of the time: a search makes half a million blocks a second.
make_block: Callable[[tuple[str, int, int, int, int, int]], Block] = partial(tuple.__new__, Block)

_layers = attrgetter("layers")
_text = lru_cache(maxsize=1 << 14)(str)  # a candidate has most blocks in common with its parent

# Far above any network that one would build, but low enough that a typing error does not fill the memory.
MAX_TEXT, MAX_CHANNELS, MAX_LAYERS = 20_000, 65_536, 1_000

_BLOCK = re.compile(r"(?P<kind>[A-Za-z0-9]+)\((?:[^|()]*\|)?(?P<numbers>[^|()]*)\)")


def _read_blocks(text: str) -> tuple[Block, ...]:
    if not text:
        raise ValueError("architecture is empty: expected a structure string such as SuperConvK3BNRELU(3,8,1,1)…")
    if len(text) > MAX_TEXT:
        raise ValueError(f"architecture has {len(text)} characters, more than the {MAX_TEXT} allowed")
    blocks: list[Block] = []
    position = 0
    while position < len(text):
        match = _BLOCK.match(text, position)
        if match is None:
            raise ValueError(
                f"{_place(blocks, position)}: expected Name(numbers), found {text[position : position + 30]!r}"
            )
        try:
            block = _read_block(match["kind"], match["numbers"])
            _check_join(blocks, block)
        except ValueError as error:
            raise ValueError(f"{_place(blocks, position)}: {error}") from None
        blocks.append(block)
        position = match.end()
    return tuple(blocks)


def _place(blocks: list[Block], position: int) -> str:
    return f"block {len(blocks) + 1} (character {position + 1})"


def _read_block(name: str, numbers: str) -> Block:
    kind = KINDS.get(name)
    if kind is None:
        raise ValueError(f"unknown block {name[:40]!r}{did_you_mean(name[:40], KINDS)}")
    names = (
        ["in", "out", "stride", "layers"] if kind.family == "conv" else ["in", "out", "stride", "bottleneck", "layers"]
    )
    fields = [field.strip() for field in numbers.split(",")]
    if len(fields) != len(names):
        raise ValueError(f"{name} takes {len(names)} numbers ({', '.join(names)}), got {len(fields)}")
    limits = {"stride": 2, "layers": MAX_LAYERS}
    values = {n: _read_number(n, field, limits.get(n, MAX_CHANNELS)) for n, field in zip(names, fields, strict=True)}
    return Block(name, values["in"], values["out"], values["stride"], values.get("bottleneck", 0), values["layers"])


def _read_number(name: str, text: str, limit: int) -> int:
    # ASCII digits only: int() would take "1_0", and str.isdigit "²".
    if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= limit:
        raise ValueError(f"{name} must be a whole number from 1 to {limit}, got {text[:20]!r}")
    return int(text)


def _check_join(blocks: list[Block], block: Block) -> None:
    if not blocks:
        if block.residual:
            raise ValueError(f"the stem must be a SuperConv block, not {block.kind}")
        if block.in_channels != IMAGE_CHANNELS:
            raise ValueError(f"the stem takes {IMAGE_CHANNELS} image channels, not {block.in_channels}")
    elif block.in_channels != blocks[-1].out_channels:
        raise ValueError(f"takes {block.in_channels} channels, but the block before gives {blocks[-1].out_channels}")

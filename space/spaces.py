"""The search spaces: where a search starts and how one architecture becomes another."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random
from typing import TypeVar

from space.layers import round8
from space.structure import KINDS, Block, Structure

CHANNEL_FACTORS = (2.5, 2, 1.5, 1.25, 1, 1 / 1.25, 1 / 1.5, 1 / 2, 1 / 2.5)
MIN_CHANNELS = 8
T = TypeVar("T")

SPLIT_LAYERS = 6  # a block this deep is split in two ...
SPLIT_FIRST = 3  # ... whose first keeps this many layers
WALK = 64  # longest random walk of `Space.random`, in mutations


@dataclass(frozen=True)
class Space:
    """A search space. `resolution` (pixels) and `num_classes` are those it was published with."""

    name: str
    start: str
    kinds: tuple[str, ...]
    max_channels: int
    fixed_head: bool
    resolution: int
    num_classes: int

    def initial(self) -> Structure:
        """The architecture that a search starts from."""
        return Structure.parse(self.start)

    def parse(self, text: str) -> Structure:
        """Read an architecture; `ValueError` where the text is none or uses a block foreign to this space."""
        architecture = Structure.parse(text)
        for index, block in enumerate(architecture.blocks):
            if block.residual and block.kind not in self.kinds:
                raise ValueError(f"block {index + 1}: {block.kind} is not a block of space {self.name!r}")
        return architecture

    def mutate(self, architecture: Structure, rng: Random, mutations: int = 1) -> Structure:
        """A copy with `mutations` uniformly drawn blocks replaced; a block drawn twice is replaced once."""
        blocks = list(architecture.blocks)
        candidates = len(blocks) - int(self.fixed_head)
        for index in dict.fromkeys(_below(rng, candidates) for _ in range(mutations)):
            blocks[index] = self._mutate_block(blocks[index], rng)
        return Structure(tuple(_joined(blocks)))

    def random(self, rng: Random) -> Structure:
        """The end of a random walk from the initial architecture, of 1 to 64 mutations and without any budget."""
        architecture = self.initial()
        for _ in range(1 + _below(rng, WALK)):
            architecture = self.mutate(architecture, rng)
        return architecture

    def starting_from(self, start: str) -> "Space":
        """The same space with another initial architecture (`ValueError` if it is none)."""
        self.parse(start)
        return replace(self, start=start)

    def _mutate_block(self, block: Block, rng: Random) -> Block:
        kind, c, _, stride, bottleneck, layers = block
        out = _pick(channel_choices(block.out_channels, self.max_channels), rng)
        if not block.residual:
            return Block(kind, c, out, stride, 0, layers)
        kind = _pick(self.kinds, rng)
        layers = _pick(_layer_choices(layers), rng)
        bottleneck = _pick(channel_choices(bottleneck, self.max_channels), rng)
        return Block(kind, c, out, stride, bottleneck, layers)


def _below(rng: Random, n: int) -> int:
    # int(random()·n) is several times faster than randrange, which matters at 20,000 candidates a second;
    # its bias is below n / 2⁵³.
    return int(rng.random() * n)


def _pick(choices: Sequence[T], rng: Random) -> T:
    return choices[_below(rng, len(choices))]


@lru_cache(maxsize=1 << 12)
def channel_choices(channels: int, max_channels: int) -> tuple[int, ...]:
    """Distinct channel counts that a mutation may draw, ascending; the current one is among them."""
    return tuple(sorted({round8(min(max(channels * f, MIN_CHANNELS), max_channels)) for f in CHANNEL_FACTORS}))


@lru_cache(maxsize=1 << 10)
def _layer_choices(layers: int) -> tuple[int, ...]:
    return tuple(range(max(1, layers - 2), layers + 3))


def _joined(blocks: Sequence[Block]) -> list[Block]:
    """Blocks whose inputs fit their predecessors' outputs, deep residual ones split in two."""
    joined: list[Block] = []
    for block in blocks:
        if joined and block.in_channels != joined[-1].out_channels:
            block = block._replace(in_channels=joined[-1].out_channels)
        if block.residual and block.layers >= SPLIT_LAYERS:
            joined.append(block._replace(layers=SPLIT_FIRST))
            rest = block.layers - SPLIT_FIRST
            block = block._replace(in_channels=block.out_channels, stride=1, layers=rest)
        joined.append(block)
    return joined


def split(architecture: Structure) -> Structure:
    """The architecture with residual blocks of six or more layers split in two: three layers, then the rest."""
    return Structure(tuple(_joined(architecture.blocks)))


SPACES: dict[str, Space] = {
    space.name: space
    for space in (
        Space(
            name="resnet",
            start="SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,1,8,1)SuperResK3K3(16,32,2,16,1)"
            "SuperResK3K3(32,64,2,32,1)SuperResK3K3(64,64,2,32,1)SuperConvK1BNRELU(64,128,1,1)",
            kinds=tuple(name for name, kind in KINDS.items() if kind.family in ("basic", "bottleneck")),
            max_channels=2048,
            fixed_head=False,
            resolution=32,
            num_classes=100,
        ),
        Space(
            name="mobilenet",
            start="SuperConvK3BNRELU(3,8,2,1)SuperResIDWE6K3(8,32,2,8,1)SuperResIDWE6K3(32,48,2,32,1)"
            "SuperResIDWE6K3(48,96,2,48,1)SuperResIDWE6K3(96,128,2,96,1)SuperConvK1BNRELU(128,2048,1,1)",
            kinds=tuple(name for name, kind in KINDS.items() if kind.family == "inverted"),
            max_channels=65_536,  # no clip in practice: what a structure string may hold
            fixed_head=True,
            resolution=224,
            num_classes=1000,
        ),
    )
}


def get(name: str) -> Space:
    """The space of a name; `ValueError` lists the names there are."""
    if name not in SPACES:
        raise ValueError(f"unknown space {name!r}; there are: {', '.join(SPACES)}")
    return SPACES[name]

"""The super-block spaces: how one structure becomes another."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from random import Random

from ..base import Space, draw_below
from .layers import round8
from .structure import Block, Structure, make_block

CHANNEL_FACTORS = (2.5, 2, 1.5, 1.25, 1, 1 / 1.25, 1 / 1.5, 1 / 2, 1 / 2.5)
MIN_CHANNELS = 8

SPLIT_LAYERS = 6  # a block with this many layers or more is split in two ...
SPLIT_FIRST = 3  # ... of which the first keeps this many
FOUNDER_MUTATIONS, CHILD_MUTATIONS = 1, 2
LONGEST_WALK = 64  # mutations of the walk of `random`


@dataclass(frozen=True)
class SuperBlockSpace(Space[Structure]):
    """A space of super-blocks; `choices` are the kinds of its residual ones."""

    name: str
    start: str
    choices: tuple[str, ...]
    max_channels: int
    fixed_head: bool
    resolution: int
    num_classes: int
    size = None

    def parse(self, text: str) -> Structure:
        """Read an architecture. Raises ValueError if the text is not one, or has a block that this space lacks."""
        architecture = Structure.parse(text)
        for index, block in enumerate(architecture.blocks):
            if block.residual and block.kind not in self.choices:
                raise ValueError(f"block {index + 1}: {block.kind} is not a block of space {self.name!r}")
        return architecture

    def mutate(self, architecture: Structure, rng: Random, mutations: int = 1) -> Structure:
        """A copy in which `mutations` uniformly drawn blocks are replaced; a block drawn twice is replaced once."""
        blocks, draw = list(architecture.blocks), rng.random  # int(draw() * n) is `draw_below`, without a call
        candidates = len(blocks) - int(self.fixed_head)
        for index in dict.fromkeys([int(draw() * candidates) for _ in range(mutations)]):
            blocks[index] = self._mutate_block(blocks[index], rng)
        return Structure(_join_blocks(blocks))

    def random(self, rng: Random) -> Structure:
        """The end of a random walk from the initial architecture, of 1 to 64 mutations and without any budget."""
        architecture = self.initial()
        for _ in range(1 + draw_below(rng, LONGEST_WALK)):
            architecture = self.mutate(architecture, rng)
        return architecture

    def founder(self, rng: Random) -> Structure:
        """Make a candidate for a search without parents: the initial architecture with one mutation, as published."""
        return self.mutate(self.initial(), rng, FOUNDER_MUTATIONS)

    def child(self, parent: Structure, rng: Random) -> Structure:
        """Make a candidate from a member of a search's population: two mutations, as published."""
        return self.mutate(parent, rng, CHILD_MUTATIONS)

    def key(self, architecture: Structure) -> Hashable:
        """The architecture itself: two that are written differently are different networks."""
        return architecture

    def starting_from(self, start: str) -> "SuperBlockSpace":
        """The same space with another initial architecture. Raises ValueError if `start` is no architecture of it."""
        self.parse(start)
        return replace(self, start=start)

    def _mutate_block(self, block: Block, rng: Random) -> Block:
        kind, c, out, stride, bottleneck, layers = block
        draw = rng.random
        channels = channel_choices(out, self.max_channels)
        out = channels[int(draw() * len(channels))]
        if not bottleneck:
            return make_block((kind, c, out, stride, 0, layers))
        kind = self.choices[int(draw() * len(self.choices))]
        depths = _layer_choices(layers)
        layers = depths[int(draw() * len(depths))]
        channels = channel_choices(bottleneck, self.max_channels)
        bottleneck = channels[int(draw() * len(channels))]
        return make_block((kind, c, out, stride, bottleneck, layers))


@lru_cache(maxsize=1 << 12)
def channel_choices(channels: int, max_channels: int) -> tuple[int, ...]:
    """The distinct numbers of channels that a mutation may draw, ascending; the current number is among them."""
    return tuple(sorted({round8(min(max(channels * f, MIN_CHANNELS), max_channels)) for f in CHANNEL_FACTORS}))


@lru_cache(maxsize=1 << 10)
def _layer_choices(layers: int) -> tuple[int, ...]:
    return tuple(range(max(1, layers - 2), layers + 3))


def _join_blocks(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Set the input channels of each block to the output channels before it, and split deep residual blocks in two."""
    joined: list[Block] = []
    c = blocks[0].in_channels
    for block in blocks:
        kind, source, out, stride, bottleneck, layers = block
        if layers >= SPLIT_LAYERS and bottleneck:
            joined.append(make_block((kind, c, out, stride, bottleneck, SPLIT_FIRST)))
            block = make_block((kind, out, out, 1, bottleneck, layers - SPLIT_FIRST))
        elif source != c:
            block = make_block((kind, c, out, stride, bottleneck, layers))
        joined.append(block)
        c = out
    return tuple(joined)


def split(architecture: Structure) -> Structure:
    """Split each residual block of six or more layers in two: three layers, then the rest."""
    return Structure(_join_blocks(architecture.blocks))

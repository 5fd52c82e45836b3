"""The text form of TinyNAS's winners: Python literals, a list of blocks per network.

    {'best_structures': [[{'class': 'ConvKXBNRELU', 'in': 3, 'k': 3, 'out': 16, 's': 2}, …]], 'space_arch': 'CnnNet'}

The code is published as alibaba/lightweight-neural-architecture-search (Zen-NAS, MAE-DET, DeepMAD, E3D, and networks of
mixed precision, whose bits are passed over here: costs are those of full precision).
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

FRAMES = 16  # of a clip, for networks of videos
MAX_NUMBER, MAX_LAYERS = 65_536, 1_000


class Kind(NamedTuple):
    """What the class of a block says.

    `inner`: the kernels of its layers' convolutions: "1", "k" or "d" (depthwise, k). `projects`: whether the shortcut
    of a block's first layer is a convolution: "always", where the channels "change", or "never" (then there is no
    shortcut where they do). `gated`: squeeze-and-excitation behind the depthwise convolution, and SiLU for ReLU.
    """

    inner: str
    projects: str = "never"
    gated: bool = False
    video: bool = False


KINDS: dict[str, Kind] = {
    "ConvKXBNRELU": Kind("k"),
    "Conv3DKXBNRELU": Kind("k", video=True),
    "SuperResKXKX": Kind("kk", "change"),
    "SuperResK1KX": Kind("1k", "change"),
    "SuperResK1KXK1": Kind("1k1", "always"),
    "SuperResK1DWK1": Kind("1d1"),
    "SuperQuantResK1DWK1": Kind("1d1"),
    "SuperResK1DWSEK1": Kind("1d1", gated=True),
    "SuperRes3DK1DWK1": Kind("1d1", video=True),
}
# Further keys of a block: its name, those that the class implies, and bits of numbers.
PASSED_OVER = {"name", "inner_class", "nbitsA", "nbitsW", "p"}


class Block(NamedTuple):
    """One block. `bottleneck` and `layers` are 1 for a single convolution; `frames` is the kernel's side in time."""

    kind: str
    in_channels: int
    out_channels: int
    kernel: int
    stride: int
    bottleneck: int
    layers: int
    frames: int

    def __str__(self) -> str:
        told = {"class": self.kind, "in": self.in_channels, "out": self.out_channels, "k": self.kernel}
        told["s"] = self.stride
        if len(KINDS[self.kind].inner) > 1:
            told |= {"btn": self.bottleneck, "L": self.layers}
        if KINDS[self.kind].video:
            told["kt"] = self.frames
        return repr(told)


@dataclass(frozen=True)
class Winner:
    """A network of TinyNAS. `str()` is its list of blocks in one line, which `parse` reads."""

    blocks: tuple[Block, ...]

    @cached_property
    def layers(self) -> int:
        """The sum of the blocks' layers."""
        return sum(block.layers for block in self.blocks)

    @property
    def video(self) -> bool:
        """Whether its inputs are clips, (3, frames, side, side), and not images."""
        return KINDS[self.blocks[0].kind].video

    def __str__(self) -> str:
        return f"[{', '.join(map(str, self.blocks))}]"

    @staticmethod
    def parse(text: str) -> "Winner":
        """Read the text of one network. The ValueError for a bad text says what is wrong, and in which block."""
        found = read_winners(text)
        if len(found) != 1:
            raise ValueError(f"the text holds {len(found)} networks; give one")
        return found[0]


class Collection(NamedTuple):
    """Architectures that are published, with what spaces have of them; nothing is drawn or mutated here."""

    name: str
    resolution: int
    num_classes: int

    def parse(self, text: str) -> Winner:
        """Read an architecture."""
        return Winner.parse(text)


TINYNAS = Collection("tinynas", resolution=224, num_classes=1000)


def is_winner(text: str) -> bool:
    """Whether a text looks like that of TinyNAS's networks."""
    first = next((line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    return first.lstrip("[( \t").startswith("{") or (first.strip(" [(\t") == "" and "'class'" in text)


def read_winners(text: str) -> list[Winner]:
    """All networks of a text, each a list of blocks; comments behind # are passed over."""
    try:
        value = ast.literal_eval(text.strip().lstrip("\ufeff"))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        raise ValueError("not the literals that TinyNAS writes: {'best_structures': [[{'class': …}, …]]}") from None
    if isinstance(value, Mapping):
        if "best_structures" not in value:
            raise ValueError(f"no 'best_structures'; there are: {', '.join(map(repr, value))}")
        value = value["best_structures"]
    lists = value if isinstance(value, list) and value and isinstance(value[0], list) else [value]
    return [Winner(tuple(_read_blocks(blocks))) for blocks in lists]


def _read_blocks(blocks: Any) -> Iterator[Block]:
    if not isinstance(blocks, list) or not blocks:
        raise ValueError("a network is a list of blocks, one at least")
    before: Block | None = None
    for number, raw in enumerate(blocks, start=1):
        try:
            block = _read_block(raw)
            _check_join(before, block)
        except ValueError as error:
            raise ValueError(f"block {number}: {error}") from None
        yield block
        before = block


def _read_block(raw: Any) -> Block:
    if not isinstance(raw, Mapping) or raw.get("class") not in KINDS:
        name = raw.get("class") if isinstance(raw, Mapping) else raw
        raise ValueError(f"unknown class {str(name)[:40]!r}; there are: {', '.join(KINDS)}")
    kind = KINDS[raw["class"]]
    named = {"in": 0, "out": 0, "k": 0, "s": 1} | ({"btn": 0, "L": 0} if len(kind.inner) > 1 else {})
    named |= {"kt": 0} if kind.video else {}
    for key in raw:
        if key not in named and key not in PASSED_OVER and key != "class" and (key, raw[key]) != ("g", 1):
            raise ValueError(f"{key}={raw[key]!r} is not known of a {raw['class']}")
    values = {key: _number(key, raw.get(key, default)) for key, default in named.items()}
    if raw.get("p", (values["k"] - 1) // 2) != (values["k"] - 1) // 2:
        raise ValueError(f"p={raw['p']!r}: only a padding of half the kernel is known")
    return Block(
        raw["class"],
        values["in"],
        values["out"],
        values["k"],
        values["s"],
        values.get("btn", 1),
        values.get("L", 1),
        values.get("kt", 1),
    )


def _number(key: str, value: Any) -> int:
    most = {"s": 2, "L": MAX_LAYERS, "k": 31, "kt": 31}.get(key, MAX_NUMBER)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= most:
        raise ValueError(f"{key} must be a whole number from 1 to {most}, got {str(value)[:20]}")
    return value


def _check_join(before: Block | None, block: Block) -> None:
    if before is None:
        return
    if block.in_channels != before.out_channels:
        raise ValueError(f"takes {block.in_channels} channels, but the block before gives {before.out_channels}")
    if KINDS[block.kind].video != KINDS[before.kind].video:
        raise ValueError("images and videos do not mix")

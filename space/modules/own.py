"""Spaces that users define: a file, or a class, with `initial`, `mutate` and `build`."""

import ast
import copy
import functools
import hashlib
import inspect
import re
import traceback
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from torch import nn

from ..base import Space, draw_below
from ..conv import IMAGE_CHANNELS
from ..cost import Cost
from ..errors import NotDefinedError
from .calls import accepts, call
from .counting import count, count_params
from .network import ModuleNetwork
from .places import find_places

NEEDED = ("initial", "mutate", "build")
LONGEST_WALK = 64  # mutations of a random architecture, as in the spaces of super-blocks
KEPT = 1 << 14  # costs


class SpaceError(ValueError):
    """A function of a user's space failed, or gave what it must not: one line that names the space and the function."""


@dataclass(frozen=True, eq=False)
class Own:
    """An architecture of a user's space: `genotype` is what the user's functions are given, `text` names it."""

    space: "OwnSpace" = field(repr=False)
    genotype: Any
    text: str

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Own) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    @property
    def layers(self) -> int:
        """Number of convolutions and linear layers, or what the space's own cost says."""
        return self.space.cost(self, self.space.resolution, self.space.num_classes, True).layers

    @property
    def can_be_plain(self) -> bool:
        """Whether the network can be built without its shortcuts."""
        return self.space.can_be_plain


class OwnSpace(Space[Own]):
    """A space by the functions of `rules`, an object or a module.

    - `initial()`: an architecture: a text, or plain values (numbers, texts, tuples, lists, dictionaries), or, with a
      function `parse(text)` that reads what `str` writes, any object;
    - `mutate(architecture, rng)`: another one; `rng` is a `random.Random`, and the argument is a copy;
    - `build(architecture)`: its `torch.nn.Module`; a parameter `num_classes` is given, and `residual` (False asks for
      the network without shortcuts);
    - `cost(architecture)`: if there is one, a mapping with `params` and `macs`, perhaps `layers`, in place of counting
      them on the module; parameters `resolution`, `num_classes` and `residual` are given;
    - `random(rng)`: any architecture, in place of a random walk from the initial one;
    - `key(architecture)`: equal for two architectures only if they compute the same function.

    `input` is the shape of one input; `resolution` is that of its side.
    """

    choices = ()
    size = None

    def __init__(self, name: str, rules: Any, input: Sequence[int], num_classes: int, start: str | None = None):
        self.name, self.rules = name, rules
        self.input, self.num_classes = tuple(input), num_classes
        self.resolution = self.input[-1]
        self._parses = hasattr(rules, "parse")
        initial = self._ask("initial")
        self._texts, self.start = isinstance(initial, str), ""
        self.start = str(self._made(initial)) if start is None else start
        self.cost = functools.lru_cache(maxsize=KEPT)(self._cost)

    @property
    def can_be_plain(self) -> bool:
        """Whether `build` makes networks without their shortcuts too."""
        return accepts(self.rules.build, "residual")

    @functools.cached_property
    def version(self) -> str:
        """Digest of the file that defines the space."""
        path = inspect.getsourcefile(self.rules if inspect.ismodule(self.rules) else type(self.rules))
        content = Path(path).read_bytes() if path and Path(path).is_file() else b""
        return hashlib.sha256(content).hexdigest()

    def parse(self, text: str) -> Own:
        """Read an architecture, with or without the space's name before it."""
        body = text.strip().removeprefix(f"{self.name}:")
        return self._made(self._read(body))

    def mutate(self, architecture: Own, rng: Random, mutations: int = 1) -> Own:
        """A copy that was mutated so many times."""
        for _ in range(mutations):
            architecture = self._made(self._ask("mutate", copy.deepcopy(architecture.genotype), rng))
        return architecture

    def random(self, rng: Random) -> Own:
        """What `random` gives, or else the end of a random walk from the initial architecture, of 1 to 64 mutations."""
        if hasattr(self.rules, "random"):
            return self._made(self._ask("random", rng))
        return self.mutate(self.initial(), rng, 1 + draw_below(rng, LONGEST_WALK))

    def founder(self, rng: Random) -> Own:
        """A candidate before a search has parents: the initial architecture with one mutation."""
        return self.mutate(self.initial(), rng)

    def child(self, parent: Own, rng: Random) -> Own:
        """A candidate of a search, from one of its members: one mutation."""
        return self.mutate(parent, rng)

    def key(self, architecture: Own) -> Hashable:
        """What `key` gives, or else the architecture itself."""
        if hasattr(self.rules, "key"):
            found: Hashable = self._ask("key", copy.deepcopy(architecture.genotype))
            return found
        return architecture

    def starting_from(self, start: str) -> "OwnSpace":
        """The same space with another initial architecture (`ValueError` if it is none)."""
        return OwnSpace(self.name, self.rules, self.input, self.num_classes, str(self.parse(start)))

    def shape(self, resolution: int) -> tuple[int, ...]:
        """The shape of one input: that of the space, with images of another side if so asked."""
        if len(self.input) == 3 and resolution != self.resolution:
            return self.input[0], resolution, resolution
        return self.input

    def module(self, architecture: Own, num_classes: int, residual: bool = True) -> nn.Module:
        """The module of an architecture, newly built."""
        genotype = copy.deepcopy(architecture.genotype)
        made = self._ask("build", genotype, num_classes=num_classes, residual=residual)
        if not isinstance(made, nn.Module):
            raise SpaceError(f"space {self.name!r}: build gave a {type(made).__name__}, not a torch.nn.Module")
        return made

    def params(self, architecture: Own, num_classes: int) -> int:
        """Parameters of the network with its shortcuts."""
        if hasattr(self.rules, "cost"):
            return self.cost(architecture, self.resolution, num_classes, True).params
        return count_params(lambda: self.module(architecture, num_classes))

    def _cost(self, architecture: Own, resolution: int, num_classes: int, residual: bool) -> Cost:
        if hasattr(self.rules, "cost"):
            offered = {"resolution": resolution, "num_classes": num_classes, "residual": residual}
            return self._as_cost(self._ask("cost", copy.deepcopy(architecture.genotype), **offered))
        return self.counted(architecture, resolution, num_classes, residual)

    def counted(self, architecture: Own, resolution: int, num_classes: int, residual: bool = True) -> Cost:
        """The cost of an architecture as it is counted on its module, whatever the space's own `cost` says."""
        try:
            counted = count(lambda: self.module(architecture, num_classes, residual), self.shape(resolution))
        except RuntimeError as error:
            first = str(error).strip().split("\n")[0]
            raise SpaceError(f"space {self.name!r}: {architecture}: no pass of {resolution} px: {first}") from error
        if counted.num_classes != num_classes:
            wrong = f"build gives {counted.num_classes} logits, not num_classes={num_classes}"
            raise SpaceError(f"space {self.name!r}: {wrong}: let it have a parameter `num_classes`")
        return counted.cost

    def _as_cost(self, given: Any) -> Cost:
        if isinstance(given, Cost):
            return given
        if not isinstance(given, Mapping) or not {"params", "macs"} <= given.keys():
            raise SpaceError(f"space {self.name!r}: cost gave {given!r}, not a mapping with params and macs")
        return Cost(int(given["params"]), int(given["macs"]), int(given.get("layers", 0)), 0, 0)

    def _made(self, genotype: Any) -> Own:
        """The architecture of a genotype; SpaceError where its text cannot be read back."""
        body = genotype if isinstance(genotype, str) else str(genotype) if self._parses else repr(genotype)
        try:
            same = "\n" not in body and body == body.strip() and bool(self._read(body) == genotype)
        except ValueError:
            same = False
        if not same:
            raise SpaceError(
                f"space {self.name!r}: {body[:60]!r} cannot be read back: an architecture is a text of one line, "
                "plain values, or what a function `parse(text)` of the space reads from its `str`"
            )
        return Own(self, genotype, f"{self.name}:{body}")

    def _read(self, body: str) -> Any:
        if self._parses:
            return self._ask("parse", body)
        if self._texts:
            return body
        try:
            return ast.literal_eval(body)
        except (ValueError, SyntaxError, RecursionError):
            raise ValueError(f"space {self.name!r}: {body[:60]!r} is no architecture such as {self.start}") from None

    def _ask(self, what: str, *arguments: Any, **offered: Any) -> Any:
        try:
            return call(getattr(self.rules, what), *arguments, **offered)
        except Exception as error:
            at = traceback.extract_tb(error.__traceback__)[-1]
            told = f"{type(error).__name__}: {' '.join(str(error).split())}"
            raise SpaceError(f"space {self.name!r}: {what}: {told} ({Path(at.filename).name}:{at.lineno})") from error


def own_space(name: str, rules: Any, input: Sequence[int] | None, num_classes: int | None) -> OwnSpace:
    """The space by the functions of `rules`, whose attributes tell what is not given; ValueError where one is missing.

    `input`: (3, resolution, resolution) where there is a `resolution`, (3, 32, 32) where there is none.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", name):
        raise ValueError(f"space {name!r}: use lower-case letters, digits and underscores, a letter first")
    missing = [needed for needed in NEEDED if not callable(getattr(rules, needed, None))]
    if missing:
        raise ValueError(f"space {name!r}: no function {', '.join(missing)}")
    side = getattr(rules, "resolution", 32)
    shape = input or getattr(rules, "input", None) or (IMAGE_CHANNELS, side, side)
    classes = getattr(rules, "num_classes", 10) if num_classes is None else num_classes
    return OwnSpace(name, rules, shape, classes)


def is_space(rules: Any) -> bool:
    """Whether an object or a module has the functions of a space."""
    return all(callable(getattr(rules, needed, None)) for needed in NEEDED)


def own_cost(architecture: Own, resolution: int, num_classes: int, residual: bool) -> Cost:
    """The cost of an architecture of a user's space; arguments as in `space.cost`."""
    plain = residual or not architecture.can_be_plain
    return architecture.space.cost(architecture, resolution, num_classes, plain)


def own_params(architecture: Own, num_classes: int) -> int:
    """Parameters; arguments as in `space.params`."""
    return architecture.space.params(architecture, num_classes)


def own_network(architecture: Own, num_classes: int, residual: bool, thin: bool) -> ModuleNetwork:
    """The network of an architecture of a user's space; arguments as in `space.build`."""
    if thin:
        raise NotDefinedError("a network of a space of one's own cannot be made thin")
    within = architecture.space
    make: Callable[[], nn.Module] = lambda: within.module(architecture, num_classes)  # noqa: E731
    module = within.module(architecture, num_classes, residual).float()
    return ModuleNetwork(architecture, module, num_classes, lambda: find_places(make, within.input))

"""The registry: what a proxy declares, and the decorator that registers it. This is the only plug-in point."""

import inspect
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, get_args

from ..names import unknown_name
from .user_file import run_file

Needs = Literal["architecture", "network", "images", "labels", "scores"]
Init = Literal["default", "gaussian", "kaiming"]
BatchKind = Literal["noise", "ones"]
Mode = Literal["train", "eval", "removed"]
Precision = Literal["float32", "float64"]
Rule = Literal["rank_sum", "log_rank_sum"]
_CHOICES = {"needs": Needs, "init": Init, "mode": Mode, "batch": BatchKind, "precision": Precision}


@dataclass(frozen=True)
class Proxy:
    """A proxy: its function, and what the harness must prepare for it.

    `needs` says what the function is given; each choice includes those before it:

    - "architecture": called as `f(architecture, setting)`, no network is built;
    - "network": called as `f(network, batch)`, `batch.images` is None;
    - "images": `batch.images` holds images, `batch.labels` is None;
    - "labels": `batch.labels` holds labels too;
    - "scores": called as `f(values)` with the values of the proxies named in `parts`, signs such that higher is better.

    `init`: initialisation (see `proxies.tools.initialise`). `residual`: whether shortcuts are kept (without them, the
    network is called plain). `mode`: batch norm uses the statistics of the batch ("train") or the running ones
    ("eval"), or is taken out of the network ("removed"). `thin`: build the network with a fraction of its channels (see
    `space.build`). `batch`: N(0, 1) "noise" (or real images if the user asks for them), or one image of "ones".
    `batches`: their number; with more than one, the function is given a tuple of batches. `balanced`: all classes of a
    batch have equally many images, at least two. `batch_size` and `resolution` (pixels): values that the definition
    fixes, in place of the study's. `deterministic`: the value does not depend on the seed.

    `fast`: the function can work on a network whose ReLUs overwrite their input, so that a tensor which a hook keeps
    may change, and whose maps are channels last, so that `view` may refuse them. Without it, ReLUs are not in place and
    maps are contiguous, as PyTorch users expect; a score then takes longer. Values differ by rounding only.

    `relative`: the function returns `components` numbers instead of one, and higher is better for each. They have a
    meaning only within a set of n candidates: each component is ranked there (ascending from 1), and the value of a
    candidate is Σ rank ("rank_sum") or Σ ln(rank / n) ("log_rank_sum") over its components.
    """

    name: str
    function: Callable[..., Any]
    needs: Needs
    init: Init
    residual: bool
    mode: Mode
    batch: BatchKind
    batches: int
    balanced: bool
    batch_size: int | None
    resolution: int | None
    thin: bool
    fast: bool
    precision: Precision
    higher_is_better: bool
    deterministic: bool
    relative: Rule | None
    components: int
    parts: tuple[str, ...]
    title: str
    cite: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raise ValueError for a bad declaration."""
        for field, choices in _CHOICES.items():
            if getattr(self, field) not in get_args(choices):
                raise self._wrong(f"{field} must be one of {', '.join(get_args(choices))}", field)
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,59}", self.name):
            raise ValueError(
                f"proxy name {self.name!r}: use lower-case letters, digits and underscores, a letter first"
            )
        for field in ("batches", "batch_size", "resolution", "components"):
            number = getattr(self, field)
            if number is not None and number < 1:
                raise self._wrong(f"{field} must be at least 1", field)
        if self.relative is not None and self.relative not in get_args(Rule):
            raise self._wrong(f"relative must be one of {', '.join(get_args(Rule))}", "relative")
        if self.relative and not self.higher_is_better:
            raise ValueError(
                f"proxy {self.name!r}: a relative proxy cannot declare higher_is_better=False; negate its components"
            )
        if self.components > 1 and not self.relative:
            raise ValueError(f"proxy {self.name!r}: several components have to be ranked; declare relative='rank_sum'")
        if (self.needs == "scores") != bool(self.parts):
            raise ValueError(f"proxy {self.name!r}: needs='scores' and parts go together; declare both or neither")
        for part in self.parts:
            if get(part).relative:
                raise ValueError(
                    f"proxy {self.name!r}: part {part!r} is relative and has no value of its own; name another part"
                )

    def _wrong(self, rule: str, field: str) -> ValueError:
        return ValueError(f"proxy {self.name!r}: {rule}, got {getattr(self, field)!r}")

    @property
    def builtin(self) -> bool:
        """Whether its function belongs to this package, and not to a user."""
        return getattr(self.function, "__module__", "").startswith(f"{__package__}.zoo.")

    @property
    def takes_images(self) -> bool:
        """Whether real images replace noise if the user asks for them."""
        return self.batch == "noise" and self.resolution is None

    def size(self, batch_size: int) -> int:
        """Number of images in one batch, if the study's batch size is `batch_size`."""
        return 1 if self.batch == "ones" else self.batch_size or batch_size

    @property
    def description(self) -> str:
        """The function's docstring: formula, source, deviations."""
        return inspect.getdoc(self.function) or ""

    @property
    def summary(self) -> str:
        """First line of the docstring."""
        return self.description.split("\n")[0]


_REGISTRY: dict[str, Proxy] = {}


def proxy(
    name: str,
    *,
    needs: Needs = "images",
    init: Init = "default",
    residual: bool = True,
    mode: Mode = "train",
    batch: BatchKind = "noise",
    batches: int = 1,
    balanced: bool = False,
    batch_size: int | None = None,
    resolution: int | None = None,
    thin: bool = False,
    fast: bool = False,
    precision: Precision = "float32",
    higher_is_better: bool = True,
    deterministic: bool = False,
    relative: Rule | None = None,
    components: int = 1,
    parts: Sequence[str] = (),
    title: str | None = None,
    cite: str | Sequence[str] = (),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register a function as the proxy `name`; `Proxy` describes what can be declared.

    Raises ValueError for a bad declaration or a name that another function holds.
    """
    if callable(name):
        raise ValueError('a proxy needs a name: write @proxy("name") instead of @proxy')
    # Checked here, where the decorator is called; the function is filled in below.
    cite = (cite,) if isinstance(cite, str) else tuple(cite)
    declared = Proxy(function=proxy, **dict(locals(), parts=tuple(parts), title=title or name))

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        if name in _REGISTRY and _origin(_REGISTRY[name].function) != _origin(function):
            raise ValueError(f"proxy {name!r} is registered already; choose another name")
        _REGISTRY[name] = replace(declared, function=function)
        return function

    return register


def _origin(function: Callable[..., Any]) -> tuple[str, str]:
    # The same function may register again: a notebook cell is run again, a file is imported twice. The key is the
    # module and not the source file, since the code of a decorated function lies in the file of its decorator.
    return getattr(function, "__module__", ""), getattr(function, "__qualname__", type(function).__qualname__)


def get(name: str) -> Proxy:
    """Look up a proxy by its name. The ValueError for an unknown name lists the names."""
    if name not in _REGISTRY:
        raise ValueError(unknown_name("proxy", name, names()))
    return _REGISTRY[name]


def names() -> list[str]:
    """The registered names, in the order of registration."""
    return list(_REGISTRY)


def load_file(path: str | Path, required: bool = True) -> list[str]:
    """Run a user's Python file and return the names of the proxies that it registered.

    Raises ValueError, in one line, if the file is missing, fails to run, or registers no proxy although `required`.
    """
    before = dict(_REGISTRY)
    run_file(path)
    found = [name for name, entry in _REGISTRY.items() if before.get(name) is not entry]
    if required and not found:
        raise ValueError(f"{Path(path).resolve()}: the file registers no proxy; decorate a function with @proxy(...)")
    return found

"""A network of one's own as an architecture: a function that makes it, and the shape of its inputs."""

import copy
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import nn

from ..cost import Cost
from ..errors import NotDefinedError
from .calls import accepts, call
from .counting import Counted, count
from .network import ModuleNetwork
from .places import Places, find_places

PREFIX = "model:"  # of the text of a model


@dataclass(frozen=True, eq=False)
class Model:
    """A module that `make` makes, for inputs (N, *shape). Made by `model`, which says how.

    `str()` is the name and a digest of the shapes of its state and of its inputs, so models of one name that differ are
    different architectures. The text cannot be read back: it does not hold the function.
    """

    name: str
    make: Callable[..., nn.Module]
    shape: tuple[int, ...]
    counted: Counted

    def __str__(self) -> str:
        return f"{PREFIX}{self.name}@{self.counted.digest}"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Model) and str(self) == str(other)

    def __hash__(self) -> int:
        return hash(str(self))

    @property
    def num_classes(self) -> int:
        """Number of logits for one input."""
        return self.counted.num_classes

    @property
    def layers(self) -> int:
        """Number of convolutions and linear layers."""
        return self.counted.cost.layers

    @property
    def can_be_plain(self) -> bool:
        """Whether `make` makes the network without its shortcuts too, where it is asked to with `residual=False`."""
        return accepts(self.make, "residual")

    def module(self, residual: bool = True) -> nn.Module:
        """The module, newly made."""
        made = call(self.make, residual=residual)
        if not isinstance(made, nn.Module):
            raise ValueError(f"{self.name} made a {type(made).__name__}, not a torch.nn.Module")
        return made

    @functools.cached_property
    def places(self) -> Places:
        """Where its features and its logits come from."""
        return find_places(lambda: self.module().cpu(), self.shape)

    @functools.cached_property
    def plain_cost(self) -> Cost:
        """The cost of the network without its shortcuts, or as it is where it cannot be made without them."""
        return count(lambda: self.module(residual=False), self.shape).cost if self.can_be_plain else self.counted.cost


def model(
    source: nn.Module | Callable[..., nn.Module],
    shape: Sequence[int],
    num_classes: int | None = None,
    name: str | None = None,
) -> Model:
    """The architecture of a module, or of a function (a class) that makes one, for inputs (N, *shape).

    A module is copied for each score. A function that has a parameter `num_classes` is given that number; a module that
    gives another number of logits raises ValueError.
    """
    if isinstance(source, nn.Module):
        make: Callable[..., nn.Module] = functools.partial(_copy, source)
    elif callable(source):
        given = num_classes is not None and accepts(source, "num_classes", any_name=True)
        make = functools.partial(source, num_classes=num_classes) if given else source
    else:
        raise ValueError(f"{source!r} is neither an architecture, nor a torch.nn.Module, nor a function that makes one")
    told = name or _name(source)
    shape = tuple(int(side) for side in shape)
    if not shape or min(shape) < 1:
        raise ValueError(f"input: the shape of one input, such as (3, 224, 224), not {shape}")
    uncounted = Model(told, make, shape, Counted(Cost(0, 0, 0, 0, 0), 0, ""))
    try:
        counted = count(uncounted.module, shape)
    except StopIteration:
        raise ValueError(f"{told}: the module has no parameters") from None
    except RuntimeError as error:
        first = str(error).strip().split("\n")[0]
        raise ValueError(f"{told}: no pass of an input of shape {shape}: {first}") from error
    if num_classes is not None and counted.num_classes != num_classes:
        wrong = f"{told}: gives {counted.num_classes} logits for an input, not num_classes={num_classes}"
        raise ValueError(f"{wrong}; leave that out, or let the function have a parameter `num_classes`")
    return Model(told, make, shape, counted)


def _copy(module: nn.Module) -> nn.Module:
    return copy.deepcopy(module).float()


def _name(source: Any) -> str:
    while isinstance(source, functools.partial):
        source = source.func
    named = getattr(source, "__name__", type(source).__name__)
    return re.sub(r"[^A-Za-z0-9_.:/-]+", "", named) or "model"


def model_cost(architecture: Model, _resolution: int, _num_classes: int, residual: bool) -> Cost:
    """The cost of a model, for the inputs and the classes that it has; arguments as in `space.cost`."""
    return architecture.counted.cost if residual else architecture.plain_cost


def model_network(architecture: Model, _num_classes: int, residual: bool, thin: bool) -> ModuleNetwork:
    """The network of a model; arguments as in `space.build`."""
    if thin:
        raise NotDefinedError("a module of one's own cannot be made thin")
    module = architecture.module(residual).float()
    return ModuleNetwork(architecture, module, architecture.num_classes, lambda: architecture.places)

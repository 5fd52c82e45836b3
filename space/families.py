"""The families of architectures, and the functions that work for all of them: `parse`, `cost`, `build`."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch

from .conv import IMAGE_CHANNELS
from .cost import Cost
from .modules.model import PREFIX, Model, model_cost, model_network
from .modules.own import Own, own_cost, own_network, own_params
from .nasbench201.cell import Cell
from .nasbench201.network import cell_cost, cell_network
from .nasbench201.operations import EDGES
from .nasbench201.spellings import without_frame
from .nasbench_macro import LAYERS, Macro, macro_cost, macro_network
from .network import Network, uninitialised
from .spaces import get
from .spelling import bare
from .superblocks.cost import squeezed_cost, structure_cost, structure_params
from .superblocks.network import structure_network
from .superblocks.structure import Structure
from .tinynas.network import winner_cost, winner_network, winner_shape
from .tinynas.winner import Winner, is_winner

Architecture = Structure | Cell | Macro | Model | Own | Winner


@dataclass(frozen=True)
class _Family:
    """`cost(architecture, resolution, num_classes, residual)`, `network(architecture, num_classes, residual, thin)`.

    `params(architecture, num_classes)`: parameters of the network with its shortcuts, if that is faster than its cost.
    """

    cost: Callable[[Any, int, int, bool], Cost]
    network: Callable[[Any, int, bool, bool], Network]
    params: Callable[[Any, int], int] | None = None


_FAMILIES: dict[type, _Family] = {
    Structure: _Family(structure_cost, structure_network, structure_params),
    Cell: _Family(cell_cost, cell_network),
    Macro: _Family(macro_cost, macro_network),
    Model: _Family(model_cost, model_network),
    Own: _Family(own_cost, own_network, own_params),
    Winner: _Family(winner_cost, winner_network),
}


def parse(text: str) -> Architecture:
    """Read an architecture of any family. The ValueError for a bad text says what is wrong and where."""
    text = bare(text)
    if text.startswith(PREFIX):
        raise ValueError(f"{text}: a module of one's own cannot be made from its name; give the module itself")
    if is_winner(text):
        return Winner.parse(text)
    name, colon, _ = text.partition(":")
    if colon and name.isidentifier():
        found: Own = get(name).parse(text)
        return found
    if text.startswith("|") or without_frame(text).startswith("|"):
        return Cell.parse(text)
    listed = text[:1] in ("(", "[") and text.count(",") + 1
    if listed == len(EDGES):
        return Cell.parse(text)
    return Macro.parse(text) if listed == LAYERS or text.isdecimal() else Structure.parse(text)


def cost(
    architecture: Architecture,
    resolution: int = 32,
    num_classes: int = 100,
    residual: bool = True,
    squeeze: float = 0,
) -> Cost:
    """Cost of the network on images of `resolution` pixels; `residual=False` is the plain network (no shortcuts).

    `squeeze`: as in `build`.
    """
    if squeeze:
        return squeezed_cost(_gateable(architecture, squeeze), resolution, num_classes, residual, squeeze)
    return _FAMILIES[type(architecture)].cost(architecture, resolution, num_classes, residual)


def input_shape(architecture: Architecture, resolution: int) -> tuple[int, ...]:
    """The shape of one input: (3, resolution, resolution), or that of a module of one's own."""
    if isinstance(architecture, Model):
        return architecture.shape
    if isinstance(architecture, Own):
        return architecture.space.shape(resolution)
    if isinstance(architecture, Winner):
        return winner_shape(architecture, resolution)
    return (IMAGE_CHANNELS, resolution, resolution)


def params(architecture: Architecture, num_classes: int = 100) -> int:
    """Number of parameters of the network with its shortcuts: that of `cost`, but faster."""
    family = _FAMILIES[type(architecture)]
    if family.params is None:
        return cost(architecture, num_classes=num_classes).params
    return family.params(architecture, num_classes)


def build(
    architecture: Architecture,
    num_classes: int = 100,
    residual: bool = True,
    device: torch.device | str = "cpu",
    initialise: bool = True,
    thin: bool = False,
    squeeze: float = 0,
) -> Network:
    """The network of an architecture; `residual=False` leaves the shortcuts out (the *plain* network).

    With `initialise` it has PyTorch's default initialisation, drawn from the global generator. Without, its parameters
    are uninitialised memory that the caller must fill, and no random number is drawn. `thin` divides all numbers of
    channels, so that the narrowest layer has about one. `squeeze` puts squeeze-and-excitation in every residual unit of
    a super-block network, behind the ReLU of its depthwise or else its middle convolution: hidden channels as a
    fraction of those it scales (published for ImageNet: 0.25); 0 is none.
    """
    make: Callable[..., Network] = _FAMILIES[type(architecture)].network
    if squeeze:
        make = partial(structure_network, squeeze=squeeze)
        _gateable(architecture, squeeze)
    with nullcontext() if initialise else uninitialised():
        network = make(architecture, num_classes, residual, thin)
    # `to` visits all modules, which takes a third of the time of making them.
    there = torch.device(device).type == torch.get_default_device().type == "cpu"
    return network if there else network.to(device)


def _gateable(architecture: Architecture, squeeze: float) -> Structure:
    """Return the architecture if squeeze-and-excitation can be put in it. Raises ValueError otherwise."""
    if not isinstance(architecture, Structure):
        raise ValueError(f"squeeze: only super-block networks can have squeeze-and-excitation, not {architecture}")
    if not 0 < squeeze <= 1:
        raise ValueError(f"squeeze must be from 0 to 1, a fraction of the channels, got {squeeze}")
    return architecture

"""The kinds of architecture there are, and what every one of them can do: be read, be costed, be built."""

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import torch

from space.cost import Cost, structure_cost, structure_params
from space.nasbench201 import Cell
from space.nasbench201_network import cell_cost, cell_network
from space.nasbench_macro import Macro, macro_cost, macro_network
from space.network import Network, structure_network, uninitialised
from space.structure import Structure

Architecture = Structure | Cell | Macro


@dataclass(frozen=True)
class _Family:
    """`cost(architecture, resolution, num_classes, residual)`, `network(architecture, num_classes, residual, thin)`.

    `params(architecture, num_classes)`, of the network with its shortcuts, where that is cheaper than its cost.
    """

    cost: Callable[[Any, int, int, bool], Cost]
    network: Callable[[Any, int, bool, bool], Network]
    params: Callable[[Any, int], int] | None = None


_FAMILIES: dict[type, _Family] = {
    Structure: _Family(structure_cost, structure_network, structure_params),
    Cell: _Family(cell_cost, cell_network),
    Macro: _Family(macro_cost, macro_network),
}


def parse(text: str) -> Architecture:
    """Read an architecture in any of the text forms; `ValueError` says what is wrong and where."""
    text = text.strip()
    if text.startswith("|"):
        return Cell.parse(text)
    return Macro.parse(text) if text.isdecimal() else Structure.parse(text)


def cost(architecture: Architecture, resolution: int = 32, num_classes: int = 100, residual: bool = True) -> Cost:
    """Cost of the network on images of `resolution` pixels; `residual=False` is the plain network (no shortcuts)."""
    return _FAMILIES[type(architecture)].cost(architecture, resolution, num_classes, residual)


def params(architecture: Architecture, num_classes: int = 100) -> int:
    """Parameters of the network with its shortcuts: those of its `cost`, which takes longer."""
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
) -> Network:
    """The network of an architecture; `residual=False` leaves the shortcuts out (the *plain* network).

    With `initialise` it holds PyTorch's default initialisation from the global generator; without, its parameters are
    uninitialised memory for the caller to fill, and no random number is drawn. `thin` divides all numbers of channels,
    so that the narrowest is about one.
    """
    family = _FAMILIES[type(architecture)]
    with nullcontext() if initialise else uninitialised():
        network = family.network(architecture, num_classes, residual, thin)
    # To go through all modules takes a third of the time of making them.
    there = torch.device(device).type == torch.get_default_device().type == "cpu"
    return network if there else network.to(device)

"""A user's module as the network that a proxy is given."""

from collections.abc import Callable, Iterator
from typing import Any

import torch
from torch import nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.modules.batchnorm import _BatchNorm

from ..errors import NotDefinedError
from ..network import Network
from .places import Places

LAYERS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)


class ModuleNetwork(Network):
    """A module that gives logits, with what formulas ask of a network: `features`, `layers`, `units`, `classifier`.

    `find` finds where the module's features come from; it is called when they are first asked for. What the module does
    not have raises ValueError, which says what is missing.
    """

    known = False

    def __init__(self, architecture: object, module: nn.Module, num_classes: int, find: Callable[[], Places]):
        nn.Module.__init__(self)
        self.architecture: Any = architecture
        self.module = module
        self.num_classes = num_classes
        self._find = find

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of inputs (N, …)."""
        # The other ways of computing attention cannot be differentiated twice.
        with sdpa_kernel(SDPBackend.MATH):
            logits = logits_of(self.module(x.contiguous()))
        if logits.shape[1] != self.num_classes:
            raise ValueError(f"the network gives {logits.shape[1]} logits for an input, not {self.num_classes}")
        return logits

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The last map before global pooling, (N, C, …), of inputs (N, …)."""
        place = self._find().features
        own = getattr(self.module, "features", None)
        if place is None and callable(own):
            with sdpa_kernel(SDPBackend.MATH):
                found: torch.Tensor = own(x)
            return found
        if place is None:
            raise NotDefinedError(
                "its features are not known: it has no map whose means it goes on with (global average pooling); "
                "give the module a method `features(x)`"
            )
        maps: list[torch.Tensor] = []
        handle = self.module.get_submodule(place).register_forward_hook(lambda _m, _x, output: maps.append(output))
        try:
            # All of it: a ReLU behind that module may still work on its map in place.
            self.forward(x)
        finally:
            handle.remove()
        return maps[-1]

    def stages(self, x: torch.Tensor) -> tuple[torch.Tensor, dict[int, torch.Tensor]]:
        """Refused: the strides of a user's module are not known."""
        raise NotDefinedError("stages are known of the spaces' own networks only")

    def layers(self) -> Iterator[Any]:
        """Convolutions and linear layers: the layers of the proxies' formulas."""
        return (module for module in self.modules() if isinstance(module, LAYERS))

    def use_batch_statistics(self, on: bool) -> "ModuleNetwork":
        """Let batch norms use the statistics of the batch, or the running ones; dropout and its like are off."""
        self.eval()
        for module in self.modules():
            if isinstance(module, _BatchNorm):
                module.training = on
        return self

    @property
    def units(self) -> nn.ModuleList:  # type: ignore[override]
        """The module's own `units`, blocks of which the output of one is the input of the next."""
        own = getattr(self.module, "units", None)
        if not isinstance(own, nn.ModuleList):
            raise NotDefinedError("its blocks are not known: the module has no ModuleList `units`")
        return own

    @property
    def classifier(self) -> nn.Linear:  # type: ignore[override]
        """The linear layer that gives the logits."""
        place = self._find().classifier
        if place is None:
            raise NotDefinedError("its classifier is not known: no linear layer gives the logits")
        found = self.module.get_submodule(place)
        assert isinstance(found, nn.Linear)
        return found


def logits_of(output: Any) -> torch.Tensor:
    """The logits (N, classes) in what a module returns: that itself, or its `logits`; else ValueError."""
    logits = getattr(output, "logits", output)
    if not isinstance(logits, torch.Tensor):
        raise ValueError(f"the network returns a {type(output).__name__}, not logits: wrap it in one that returns them")
    if logits.ndim != 2:
        raise ValueError(f"the network returns {tuple(logits.shape)}, not logits (N, classes)")
    return logits

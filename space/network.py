"""What every network is, whatever its family."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from itertools import accumulate
from operator import mul
from typing import Any

import torch
from torch import nn

from .conv import Conv

_bare: ContextVar[bool] = ContextVar("bare", default=False)


@contextmanager
def uninitialised() -> Iterator[None]:
    """Layers made in the block keep uninitialised memory: to draw numbers takes as long as to build the layers."""
    token = _bare.set(True)
    try:
        yield
    finally:
        _bare.reset(token)


class _Bare:
    # PyTorch calls this when a layer has been made.
    def reset_parameters(self) -> None:
        pass


class _BareConv2d(_Bare, nn.Conv2d):
    pass


class _BareLinear(_Bare, nn.Linear):
    pass


def skips_initialisation() -> bool:
    """Whether layers that are made now keep uninitialised memory, see `uninitialised`."""
    return _bare.get()


def make_conv(spec: Conv) -> nn.Conv2d:
    """The module of a convolution, without its batch norm."""
    padding = (spec.kernel - 1) // 2
    layer = (_BareConv2d if _bare.get() else nn.Conv2d)(
        spec.in_channels, spec.out_channels, spec.kernel, spec.stride, padding, groups=spec.groups, bias=spec.bias
    )
    layer.__class__ = nn.Conv2d  # a proxy may ask for the very type
    return layer


def _make_linear(inputs: int, outputs: int) -> nn.Linear:
    layer = (_BareLinear if _bare.get() else nn.Linear)(inputs, outputs)
    layer.__class__ = nn.Linear
    return layer


class Network(nn.Module):
    """Units, global average pooling, one linear classifier.

    `architecture` is what it was built from. `units` are applied one after another; the output of the last one is the
    features, with `width` channels.
    """

    def __init__(self, architecture: object, units: Iterable[nn.Module], width: int, num_classes: int):
        super().__init__()
        self.architecture: Any = architecture
        self.units = nn.ModuleList(units)
        self.classifier = _make_linear(width, num_classes)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The map before pooling, (N, C, H, W), of images (N, 3, H₀, W₀)."""
        for unit in self.units:
            x = unit(x)
        return x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of images (N, 3, H, W)."""
        return self.classifier(self.features(x).mean((2, 3)))

    def stages(self, x: torch.Tensor) -> tuple[torch.Tensor, dict[int, torch.Tensor]]:
        """Logits (N, num_classes), and for each stride the last map (N, C, H, W) that has it, in one pass.

        A stride is that of the map against the images; the map at the largest stride is the features.
        """
        maps = {}
        for stride, unit in zip(self._strides, self.units, strict=True):
            maps[stride] = x = unit(x)
        return self.classifier(x.mean((2, 3))), maps

    @cached_property
    def _strides(self) -> list[int]:
        # Of the map after each unit. Only the first strided convolution of a unit has a stride, its shortcut the same.
        steps = (max((m.stride[0] for m in u.modules() if isinstance(m, nn.Conv2d)), default=1) for u in self.units)
        return list(accumulate(steps, mul))

    def layers(self) -> Iterator[nn.Conv2d | nn.Linear]:
        """Convolutions and linear layers, projections included: the layers of the proxies' formulas."""
        return (module for module in self.modules() if isinstance(module, nn.Conv2d | nn.Linear))


def remove_norms(network: nn.Module) -> None:
    """Replace every batch norm by the identity, in place."""
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())

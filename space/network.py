"""What every network is, and the torch module of a super-block architecture."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property, lru_cache
from itertools import accumulate
from operator import mul
from typing import Any

import torch
from torch import nn

from .fusion import norm_relu
from .layers import Conv, Unit, squeezed, units
from .replica import replica
from .structure import IMAGE_CHANNELS, Structure

BN_EPS = 1e-3  # the published networks' value; momentum stays PyTorch's 0.1

_bare: ContextVar[bool] = ContextVar("bare", default=False)


@contextmanager
def uninitialised() -> Iterator[None]:
    """Layers made in the block keep uninitialised memory: to draw what is thrown away takes as long as to build."""
    token = _bare.set(True)
    try:
        yield
    finally:
        _bare.reset(token)


class _Bare:
    # What PyTorch calls when a layer has been made.
    def reset_parameters(self) -> None:
        pass


class _BareConv2d(_Bare, nn.Conv2d):
    pass


class _BareLinear(_Bare, nn.Linear):
    pass


def conv(spec: Conv) -> nn.Conv2d:
    """The module of a convolution, without its batch norm."""
    padding = (spec.kernel - 1) // 2
    layer = (_BareConv2d if _bare.get() else nn.Conv2d)(
        spec.in_channels, spec.out_channels, spec.kernel, spec.stride, padding, groups=spec.groups, bias=spec.bias
    )
    layer.__class__ = nn.Conv2d  # a proxy may ask for the very type
    return layer


def _linear(inputs: int, outputs: int) -> nn.Linear:
    layer = (_BareLinear if _bare.get() else nn.Linear)(inputs, outputs)
    layer.__class__ = nn.Linear
    return layer


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=BN_EPS)


class Gate(nn.Module):
    """Squeeze-and-excitation: each channel is scaled by a number from 0 to 1 that the means of all channels decide."""

    def __init__(self, spec: tuple[Conv, ...]):
        super().__init__()
        self.squeeze, self.excite = map(conv, spec)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to the same shape."""
        means = x.mean((2, 3), keepdim=True)
        return x * self.excite(self.activation(self.squeeze(means))).sigmoid()


class ConvUnit(nn.Module):
    """Convolutions with batch norm and ReLU, a gate if it has one, and a shortcut where the unit is residual."""

    def __init__(self, spec: Unit, residual: bool):
        super().__init__()
        self.residual = residual and spec.residual
        self.convs = nn.ModuleList(conv(c) for c in spec.convs)
        self.norms = nn.ModuleList(_norm(c.out_channels) for c in spec.convs)
        # One module a place, so that a hook on it sees that place only.
        self.activations = nn.ModuleList(nn.ReLU(inplace=True) for _ in spec.convs)
        self.gate = Gate(spec.gate) if spec.gate else None
        self.gated = spec.gated if spec.gate else None
        self.projection: nn.Sequential | None = None
        if self.residual and spec.projection:
            self.projection = nn.Sequential(conv(spec.projection), _norm(spec.projection.out_channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to (N, C', H', W')."""
        y = x
        last = len(self.convs) - 1
        for index, (layer, norm, activation) in enumerate(zip(self.convs, self.norms, self.activations, strict=True)):
            shortcut = None
            if index == last and self.residual:
                shortcut = x if self.projection is None else self._projected(x)
            y = norm_relu(norm, activation, layer(y), shortcut)
            if index == self.gated and self.gate is not None:
                y = self.gate(y)
        return y

    def _projected(self, x: torch.Tensor) -> torch.Tensor:
        assert self.projection is not None
        layer, norm = self.projection
        return norm_relu(norm, None, layer(x))


class Network(nn.Module):
    """Units, global average pooling, one linear classifier.

    `architecture` is what it was built from. `units` are applied one after another; what the last one gives are the
    features, of `width` channels.
    """

    def __init__(self, architecture: object, units: Iterable[nn.Module], width: int, num_classes: int):
        super().__init__()
        self.architecture: Any = architecture
        self.units = nn.ModuleList(units)
        self.classifier = _linear(width, num_classes)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The map before pooling, (N, C, H, W), of images (N, 3, H₀, W₀)."""
        for unit in self.units:
            x = unit(x)
        return x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of images (N, 3, H, W)."""
        return self.classifier(self.features(x).mean((2, 3)))

    def stages(self, x: torch.Tensor) -> tuple[torch.Tensor, dict[int, torch.Tensor]]:
        """Logits (N, num_classes), and by stride against the images the last map (N, C, H, W) of each, in one pass.

        The map at the largest stride is the features.
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
        """Convolutions and linear layers, projections included: what proxies call layers."""
        return (module for module in self.modules() if isinstance(module, nn.Conv2d | nn.Linear))


THINNING = 8  # channels of this space are multiples of it, so a thin network starts at one


def structure_network(
    architecture: Structure, num_classes: int, residual: bool, thin: bool, squeeze: float = 0
) -> Network:
    """The super-block network; arguments as in `space.build`."""
    described = [unit for block in architecture.blocks for unit in units(block)]
    if squeeze:
        described = [squeezed(unit, squeeze) for unit in described]
    if thin:
        described = [_thinned_unit(unit) for unit in described]
    modules = (_replicated(unit, residual) if _bare.get() else ConvUnit(unit, residual) for unit in described)
    return Network(architecture, modules, described[-1].convs[-1].out_channels, num_classes)


def _replicated(spec: Unit, residual: bool) -> ConvUnit:
    """A unit made after one that is kept: a search sees the same ones again and again."""
    return replica(_prototype(spec, residual, torch.get_default_dtype()))


@lru_cache(maxsize=1 << 12)
def _prototype(spec: Unit, residual: bool, _dtype: torch.dtype) -> ConvUnit:
    """A unit to be copied, of the default dtype. Constructors take most of a build."""
    with torch.device("cpu"):  # wherever the first to ask for it has its tensors
        unit = ConvUnit(spec, residual)
    for module in unit.modules():
        for name, parameter in module.named_parameters(recurse=False):
            setattr(module, name, nn.Parameter(parameter.to("meta")))  # thousands of them must not fill the memory
    return unit


def _thinned_unit(unit: Unit) -> Unit:
    projection = _thinned(unit.projection) if unit.projection else None
    return unit._replace(
        convs=tuple(map(_thinned, unit.convs)), projection=projection, gate=tuple(map(_thinned, unit.gate))
    )


def _thinned(spec: Conv) -> Conv:
    def thinned(channels: int) -> int:
        return channels if channels == IMAGE_CHANNELS else max(1, channels // THINNING)

    groups = thinned(spec.groups) if spec.groups > 1 else 1
    return spec._replace(in_channels=thinned(spec.in_channels), out_channels=thinned(spec.out_channels), groups=groups)


def remove_norms(network: nn.Module) -> None:
    """Replace every batch norm by the identity, in place."""
    for module in list(network.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, nn.Identity())

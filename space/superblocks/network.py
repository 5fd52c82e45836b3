"""The torch module of a super-block architecture."""

from functools import lru_cache

import torch
from torch import nn

from ..conv import IMAGE_CHANNELS, Conv
from ..network import Network, make_conv, skips_initialisation
from ..speed.fusion import norm_relu
from ..speed.replica import copy_module
from .layers import Unit, add_gate, units
from .structure import Structure

BN_EPS = 1e-3  # the published networks' value; momentum stays PyTorch's 0.1


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=BN_EPS)


class Gate(nn.Module):
    """Squeeze-and-excitation: scale each channel by a number from 0 to 1, which the means of all channels determine."""

    def __init__(self, spec: tuple[Conv, ...]):
        super().__init__()
        self.squeeze, self.excite = map(make_conv, spec)
        self.activation = nn.ReLU(inplace=True)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to the same shape."""
        means = x.mean((2, 3), keepdim=True)
        return x * self.excite(self.activation(self.squeeze(means))).sigmoid()


class ConvUnit(nn.Module):
    """Convolutions with batch norm and ReLU, perhaps a gate, and a shortcut if the unit is residual."""

    def __init__(self, spec: Unit, residual: bool):
        super().__init__()
        self.residual = residual and spec.residual
        self.convs = nn.ModuleList(make_conv(c) for c in spec.convs)
        self.norms = nn.ModuleList(_norm(c.out_channels) for c in spec.convs)
        # One module for each place, so that a hook on it sees only that place.
        self.activations = nn.ModuleList(nn.ReLU(inplace=True) for _ in spec.convs)
        self.gate = Gate(spec.gate) if spec.gate else None
        self.gated = spec.gated if spec.gate else None
        self.projection: nn.Sequential | None = None
        if self.residual and spec.projection:
            self.projection = nn.Sequential(make_conv(spec.projection), _norm(spec.projection.out_channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to (N, C', H', W')."""
        y = x
        last = len(self.convs) - 1
        for index, (layer, norm, activation) in enumerate(zip(self.convs, self.norms, self.activations, strict=True)):
            shortcut = None
            if index == last and self.residual:
                shortcut = x if self.projection is None else self._project(x)
            y = norm_relu(norm, activation, layer(y), shortcut)
            if index == self.gated and self.gate is not None:
                y = self.gate(y)
        return y

    def _project(self, x: torch.Tensor) -> torch.Tensor:
        assert self.projection is not None
        layer, norm = self.projection
        return norm_relu(norm, None, layer(x))


THIN_DIVISOR = 8  # channels of these spaces are multiples of 8, so a thin layer has at least one


def structure_network(
    architecture: Structure, num_classes: int, residual: bool, thin: bool, squeeze: float = 0
) -> Network:
    """The super-block network; arguments as in `space.build`."""
    described = [unit for block in architecture.blocks for unit in units(block)]
    if squeeze:
        described = [add_gate(unit, squeeze) for unit in described]
    if thin:
        described = [_thin_unit(unit) for unit in described]
    make = _copy_unit if skips_initialisation() else ConvUnit
    modules = (make(unit, residual) for unit in described)
    return Network(architecture, modules, described[-1].convs[-1].out_channels, num_classes)


def _copy_unit(spec: Unit, residual: bool) -> ConvUnit:
    """Copy a cached unit: a search builds the same units again and again."""
    return copy_module(_prototype(spec, residual, torch.get_default_dtype()))


@lru_cache(maxsize=1 << 12)
def _prototype(spec: Unit, residual: bool, _dtype: torch.dtype) -> ConvUnit:
    """Make a unit to be copied, in the default dtype. Constructors take most of the time of a build."""
    with torch.device("cpu"):  # whatever default device the first caller has
        unit = ConvUnit(spec, residual)
    for module in unit.modules():
        for name, parameter in module.named_parameters(recurse=False):
            setattr(module, name, nn.Parameter(parameter.to("meta")))  # no memory, as there are thousands of these
    return unit


def _thin_unit(unit: Unit) -> Unit:
    projection = _thin_conv(unit.projection) if unit.projection else None
    return unit._replace(
        convs=tuple(map(_thin_conv, unit.convs)), projection=projection, gate=tuple(map(_thin_conv, unit.gate))
    )


def _thin_conv(spec: Conv) -> Conv:
    def thinned(channels: int) -> int:
        return channels if channels == IMAGE_CHANNELS else max(1, channels // THIN_DIVISOR)

    groups = thinned(spec.groups) if spec.groups > 1 else 1
    return spec._replace(in_channels=thinned(spec.in_channels), out_channels=thinned(spec.out_channels), groups=groups)

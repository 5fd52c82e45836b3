"""The torch module of an architecture."""

from collections.abc import Iterator

import torch
from torch import nn

from space.layers import Conv, Unit, units
from space.structure import Structure

BN_EPS = 1e-3  # the published networks' value; momentum stays PyTorch's 0.1


def _conv(spec: Conv) -> nn.Conv2d:
    padding = (spec.kernel - 1) // 2
    return nn.Conv2d(
        spec.in_channels, spec.out_channels, spec.kernel, spec.stride, padding, groups=spec.groups, bias=spec.bias
    )


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=BN_EPS)


class ConvUnit(nn.Module):
    """Convolutions with batch norm and ReLU, and a shortcut where the unit is residual."""

    def __init__(self, spec: Unit, residual: bool):
        super().__init__()
        self.residual = residual and spec.residual
        self.convs = nn.ModuleList(_conv(c) for c in spec.convs)
        self.norms = nn.ModuleList(_norm(c.out_channels) for c in spec.convs)
        # One module a place, so that a hook on it sees that place only.
        self.activations = nn.ModuleList(nn.ReLU(inplace=True) for _ in spec.convs)
        self.projection: nn.Module | None = None
        if self.residual and spec.projection:
            self.projection = nn.Sequential(_conv(spec.projection), _norm(spec.projection.out_channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to (N, C', H', W')."""
        y = x
        last = len(self.convs) - 1
        for index, (conv, norm, activation) in enumerate(zip(self.convs, self.norms, self.activations, strict=True)):
            y = norm(conv(y))
            if index == last and self.residual:
                y = y + (self.projection(x) if self.projection is not None else x)
            y = activation(y)
        return y


class Network(nn.Module):
    """Units, global average pooling, one linear classifier.

    `architecture` is what it was built from; `units` its `ConvUnit`s in order.
    """

    def __init__(self, architecture: Structure, num_classes: int, residual: bool):
        super().__init__()
        self.architecture = architecture
        self.units = nn.ModuleList(ConvUnit(spec, residual) for block in architecture.blocks for spec in units(block))
        self.classifier = nn.Linear(architecture.blocks[-1].out_channels, num_classes)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The map before pooling, (N, C, H, W), of images (N, 3, H₀, W₀)."""
        for unit in self.units:
            x = unit(x)
        return x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of images (N, 3, H, W)."""
        return self.classifier(self.features(x).mean((2, 3)))

    def layers(self) -> Iterator[nn.Conv2d | nn.Linear]:
        """Convolutions and linear layers, projections included: what proxies call layers."""
        return (module for module in self.modules() if isinstance(module, nn.Conv2d | nn.Linear))


def build(
    architecture: Structure,
    num_classes: int = 100,
    residual: bool = True,
    device: torch.device | str = "cpu",
    initialise: bool = True,
) -> Network:
    """The network of an architecture; `residual=False` leaves the shortcuts out (the *plain* network).

    With `initialise` it holds PyTorch's default initialisation from the global generator; without, its parameters are
    uninitialised memory for the caller to fill, and no random number is drawn.
    """
    if initialise:
        return Network(architecture, num_classes, residual).to(device)
    with torch.device("meta"):
        network = Network(architecture, num_classes, residual)
    network.to_empty(device=device)
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
    return network

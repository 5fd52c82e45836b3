"""The parameters that training starts from."""

import math
from collections.abc import Callable

import torch
from torch import nn

from ..space import ConvUnit

XAVIER_GAIN = 3.26033  # of the published recipe: Lin et al., "Zen-NAS", 2021
CLASSIFIER_STD = 0.01

Fill = Callable[[torch.Tensor, torch.Generator], object]


def initialise(network: nn.Module, generator: torch.Generator, init: str = "published") -> None:
    """Fill all parameters of a network on the CPU by a scheme of `INITS`, and set its batch norms to start.

    Biases are 0; batch norms have weight 1, but 0 in the last one of every residual unit, which so starts as its
    shortcut. The convolutions of a squeeze-and-excitation are filled as any: what its sigmoid takes has a standard
    deviation of about 2 after "published" and 0.4 after "kaiming", so gates start around a half, and few of them shut.
    """
    convolution, linear = INITS[init]
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            convolution(module.weight, generator)
        elif isinstance(module, nn.Linear):
            linear(module.weight, generator)
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.ones_(module.weight)
        if isinstance(module, nn.Conv2d | nn.Linear | nn.BatchNorm2d) and module.bias is not None:
            nn.init.zeros_(module.bias)
    for module in network.modules():
        if isinstance(module, ConvUnit) and module.residual:
            for parameter in module.norms[-1].parameters():
                nn.init.zeros_(parameter)


def _xavier(weight: torch.Tensor, generator: torch.Generator) -> None:
    nn.init.xavier_normal_(weight, XAVIER_GAIN, generator=generator)


def _published_linear(weight: torch.Tensor, generator: torch.Generator) -> None:
    nn.init.normal_(weight, std=XAVIER_GAIN * math.sqrt(2 / sum(weight.shape)), generator=generator)


def _kaiming(weight: torch.Tensor, generator: torch.Generator) -> None:
    nn.init.kaiming_normal_(weight, mode="fan_out", nonlinearity="relu", generator=generator)


def _small(weight: torch.Tensor, generator: torch.Generator) -> None:
    nn.init.normal_(weight, std=CLASSIFIER_STD, generator=generator)


# How convolutions and how linear layers are filled. "published" starts with large weights and a confident classifier,
# which many epochs of weight decay undo; a short run has no time for that.
INITS: dict[str, tuple[Fill, Fill]] = {"published": (_xavier, _published_linear), "kaiming": (_kaiming, _small)}

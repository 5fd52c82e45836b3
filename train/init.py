"""Fill a network with the parameters that training starts from."""

import math
from collections.abc import Callable

import torch
from torch import nn

from ..space import ConvUnit

XAVIER_GAIN = 3.26033  # from the published recipe: Lin et al., "Zen-NAS", 2021
CLASSIFIER_STD = 0.01

Fill = Callable[[torch.Tensor, torch.Generator], object]


def initialise(network: nn.Module, generator: torch.Generator, init: str = "published") -> None:
    """Fill all parameters of a network on the CPU by a scheme of `INITS`.

    Biases are 0. Weights of batch norms are 1, but 0 in the last one of every residual unit, so that the unit starts as
    its shortcut. The convolutions of a squeeze-and-excitation are filled like all others: the input of its sigmoid has
    a standard deviation of about 2 after "published" and 0.4 after "kaiming", so most gates start around a half.
    """
    convolution, linear = INITS[init]
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            convolution(module.weight, generator)
        elif isinstance(module, nn.Linear):
            linear(module.weight, generator)
        elif isinstance(module, nn.BatchNorm2d) and module.weight is not None:
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
# which many epochs of weight decay undo; a short training has no time for that. "kaiming" scales by fan-out and is not
# the init of that name of `zsbench.proxies`, which scales by fan-in.
INITS: dict[str, tuple[Fill, Fill]] = {"published": (_xavier, _published_linear), "kaiming": (_kaiming, _small)}

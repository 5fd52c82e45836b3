"""Initialisations that proxies declare, drawn from an explicit generator."""

import math

import torch
from torch import nn

from proxies.registry import Init


@torch.no_grad()
def initialise(network: nn.Module, init: Init, generator: torch.Generator) -> None:
    """Fill the parameters of convolutions, linear layers and batch norms in place.

    - "default": PyTorch's own, U(±1/√fan_in) for weights and biases;
    - "gaussian": weights N(0, 1), biases 0;
    - "kaiming": weights N(0, 2/fan_in), biases 0 (He et al. 2015).

    Batch norms get weight 1, bias 0 and fresh running statistics. Numbers are drawn on the CPU.
    """
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_parameters()
        elif isinstance(module, nn.Conv2d | nn.Linear):
            fan_in = module.weight[0].numel()
            _fill(module.weight, init, fan_in, generator)
            if module.bias is not None:
                if init == "default":
                    _fill(module.bias, init, fan_in, generator)
                else:
                    module.bias.zero_()


def _fill(tensor: torch.Tensor, init: Init, fan_in: int, generator: torch.Generator) -> None:
    values = torch.empty(tensor.shape)
    if init == "default":
        bound = 1 / math.sqrt(fan_in)
        values.uniform_(-bound, bound, generator=generator)
    else:
        values.normal_(0, 1.0 if init == "gaussian" else math.sqrt(2 / fan_in), generator=generator)
    tensor.copy_(values)

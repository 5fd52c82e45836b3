"""The initialisations that proxies declare, drawn from an explicit generator."""

import math

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..registry import Init

LAYERS = (nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear)


@torch.no_grad()
def initialise(network: nn.Module, init: Init, generator: torch.Generator) -> None:
    """Fill the parameters of convolutions, linear layers and batch norms in place.

    - "default": PyTorch's own, U(±1/√fan_in) for weights and biases;
    - "gaussian": weights N(0, 1), biases 0;
    - "kaiming": weights N(0, 2/fan_in), biases 0 (He et al. 2015). The training recipes' "kaiming" scales by fan-out.

    Batch norms get weight 1, bias 0 and fresh running statistics. Numbers are drawn on the CPU. Other modules keep the
    parameters that they were made with.
    """
    for module in network.modules():
        if isinstance(module, _BatchNorm):
            if module.weight is not None:
                module.weight.fill_(1)
                module.bias.zero_()
            module.reset_running_stats()
        elif isinstance(module, LAYERS):
            weight, bias = module.weight, module.bias
            fan_in = math.prod(weight.shape[1:])
            _fill(weight, init, fan_in, generator)
            if bias is not None and init == "default":
                _fill(bias, init, fan_in, generator)
            elif bias is not None:
                bias.zero_()


def _fill(tensor: torch.Tensor, init: Init, fan_in: int, generator: torch.Generator) -> None:
    # The numbers drawn do not depend on the tensor's device, dtype or layout.
    plain = tensor.device.type == "cpu" and tensor.dtype == torch.float32 and tensor.is_contiguous()
    values = tensor if plain else torch.empty(tensor.shape)
    if init == "default":
        bound = 1 / math.sqrt(fan_in)
        values.uniform_(-bound, bound, generator=generator)
    else:
        values.normal_(0, 1.0 if init == "gaussian" else math.sqrt(2 / fan_in), generator=generator)
    if not plain:
        tensor.copy_(values)

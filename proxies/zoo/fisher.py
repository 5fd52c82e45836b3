"""Fisher information of the channels."""

import torch
from torch import nn

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import loss, total
from ..tools.hooks import hooked


@proxy(
    "fisher",
    title="Fisher",
    cite=("turner2020blockswap", "abdelfattah2021zerocost"),
    needs="labels",
    fast=True,
)
def fisher(network: Network, batch: Batch) -> float:
    """Fisher information: Σ over channels of fan-in · ½ · mean over images of (Σ over positions of a·∂L/∂a)².

    a are the outputs of convolutions and linear layers, fan-in the number of weights of one output channel, L the
    cross-entropy averaged over one batch. Turner et al., "BlockSwap: Fisher-guided Block Substitution for Network
    Compression on a Budget", ICLR 2020. The weight fan-in is not theirs: Abdelfattah et al., "Zero-Cost Proxies for
    Lightweight NAS", ICLR 2021, sum over parameters and give each the value of its channel.
    """
    layers: list[nn.Conv2d | nn.Linear] = []
    outputs: list[torch.Tensor] = []

    def keep(layer: nn.Conv2d | nn.Linear, _inputs: object, output: torch.Tensor) -> torch.Tensor:
        layers.append(layer)
        outputs.append(output)
        return output if network.known else output.clone()  # which the network may go on to change in place

    with hooked(network.layers(), keep):
        of = loss(network, batch)
    gradients = torch.autograd.grad(of, outputs, materialize_grads=True)
    terms = []
    for layer, a, g in zip(layers, outputs, gradients, strict=True):
        # (N, C, positions); a linear layer has one position, or its channels last.
        product = (a.detach() * g).unsqueeze(-1)
        if isinstance(layer, nn.Linear) and a.ndim > 2:
            product = product.squeeze(-1).movedim(-1, 1)
        per_image = product.flatten(2).sum(2).double()
        terms.append(layer.weight[0].numel() / 2 * per_image.square().mean(0))
    return float(total(terms))

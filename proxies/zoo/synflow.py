"""Synaptic flow as the literature has it."""

import torch
from torch import nn

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import absolute, synaptic_gradients, total
from ..tools.hooks import hooked


@proxy(
    "synflow",
    title="synflow",
    cite=("tanaka2020synflow", "abdelfattah2021zerocost"),
    mode="removed",
    batch="ones",
    precision="float64",
    fast=True,
)
def synflow(network: Network, batch: Batch) -> float:
    """Logarithm of the synaptic flow: ln Σ |θ|·∂R/∂|θ|, over the weights θ of convolutions and linear layers.

    R is the sum of the logits for one all-ones image in the network without batch norms whose parameters, biases
    included, are replaced by their absolute values. Tanaka et al., "Pruning neural networks without any data by
    iteratively conserving synaptic flow", NeurIPS 2020, as a proxy by Abdelfattah et al., "Zero-Cost Proxies for
    Lightweight NAS", ICLR 2021. The flow reaches 1e30 and more, so its logarithm is reported; float64. A
    network through which nothing flows has −∞. Computed in one forward pass, since the sum of θ·∂R/∂θ is the
    derivative of R as all weights grow in proportion.
    """
    if not network.known:  # of what lies between its layers, more may change with the weights
        return float(total(w * g for w, g in zip(*synaptic_gradients(network, batch.images), strict=True)).log())
    with absolute(network):
        return float(flow(network, batch.images).log())


@torch.no_grad()
def flow(network: Network, images: torch.Tensor) -> torch.Tensor:
    """Σ θ·∂R/∂θ over the weights θ of layers, of images (N, 3, H, W) in a network without a negative number.

    That is dR((1 + t)·θ)/dt at t = 0. With dots for derivatives by t, a layer y = W·x + b has ẏ = W·(ẋ + x). So the
    network runs on x and on x + ẋ. A layer computes y and ẏ + b of these, and the hook turns them into y and y + ẏ. All
    other operations of such a network (pooling, sums, ReLUs of non-negative numbers) are linear and need no hook.
    """
    count = len(images)

    def grow(layer: nn.Conv2d | nn.Linear, _inputs: object, outputs: torch.Tensor) -> None:
        y, grown = outputs.split(count)
        grown += y
        if layer.bias is not None:
            grown -= layer.bias[:, None, None] if y.ndim == 4 else layer.bias

    with hooked(network.layers(), grow):
        y, grown = network(torch.cat([images, images])).split(count)
    return (grown - y).sum()

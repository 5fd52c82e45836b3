"""Preservation of the gradient flow."""

import torch
from torch.nn import functional

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import layer_weights, total


@proxy(
    "grasp",
    title="GraSP",
    cite=("wang2020grasp", "abdelfattah2021zerocost"),
    needs="labels",
    fast=True,
)
def grasp(network: Network, batch: Batch) -> float:
    """How removing weights would change the gradient flow: −Σ θ·(H·g), g = ∂L/∂θ, H = ∂²L/∂θ².

    Over the weights θ of convolutions and linear layers; L is the cross-entropy of one batch. Wang et al., "Picking
    Winning Tickets Before Training by Preserving Gradient Flow", ICLR 2020, with the sign, the temperature (1) and the
    one batch of Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS", ICLR 2021. They take g and H from two
    forward passes of the same batch, which here is one.
    """
    weights = layer_weights(network)
    # Not `gradients.loss`: its fused operations can be differentiated only once.
    loss = functional.cross_entropy(network(batch.images), batch.labels)
    gradients = torch.autograd.grad(loss, weights, create_graph=True, materialize_grads=True)
    # The derivative of ⟨v, g⟩ is H·v, and v = g is held constant.
    flow = torch.stack([(g.detach() * g).sum() for g in gradients]).sum()
    products = torch.autograd.grad(flow, weights, materialize_grads=True)
    return -float(total(w * hg for w, hg in zip(weights, products, strict=True)))

"""Trace of the neural tangent kernel."""

import math

import torch

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import layer_weights, total


@proxy("ntk_trace", title="NTK trace", cite="shu2022unifying", needs="labels", fast=True)
def ntk_trace(network: Network, batch: Batch) -> float:
    """Root of the tangent kernel's mean trace: √(tr(G·Gᵀ)/N).

    Row i of G is the gradient of the target logit of image i by the weights of convolutions and linear layers. Shu et
    al., "Unifying and Boosting Gradient-Based Training-Free Neural Architecture Search", NeurIPS 2022. Batch norm in
    train mode couples the images, so each row takes a backward pass of its own over the whole batch; their code takes
    one pass for all rows, as if an image changed only its own logit.
    """
    weights = layer_weights(network)
    targets = network(batch.images).gather(1, batch.labels[:, None]).squeeze(1)
    # The trace is the sum of all squares: neither G nor the kernel is stored.
    squares = []
    for target in targets:
        gradients = torch.autograd.grad(target, weights, retain_graph=True, materialize_grads=True)
        squares.append(total(torch.linalg.vector_norm(g, dtype=torch.float64).square() for g in gradients))
    return math.sqrt(torch.stack(squares).mean().item())

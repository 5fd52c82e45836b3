"""Gradient norm as the literature has it."""

import torch

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import loss_gradients, total


@proxy("grad_norm", title="grad-norm", cite="abdelfattah2021zerocost", needs="labels", fast=True)
def grad_norm(network: Network, batch: Batch) -> float:
    """Sum of the norms of the loss gradients of the layers: Σ_layers ‖∂L/∂W‖₂.

    W is the weight of a convolution or linear layer, L the cross-entropy of one batch. Abdelfattah et al., "Zero-Cost
    Proxies for Lightweight NAS", ICLR 2021. `grad_norm_zen` is one norm over all parameters instead.
    """
    return float(total(torch.linalg.vector_norm(g, dtype=torch.float64) for g in loss_gradients(network, batch)))

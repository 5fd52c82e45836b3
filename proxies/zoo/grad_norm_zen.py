"""Gradient norm as the comparison table has it."""

import torch

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import loss


@proxy(
    "grad_norm_zen",
    title="grad-norm (global)",
    cite=("lin2021zennas", "abdelfattah2021zerocost"),
    needs="labels",
    init="gaussian",
    residual=False,
    fast=True,
)
def grad_norm_zen(network: Network, batch: Batch) -> float:
    """Norm of the loss gradient: √(Σ over all parameters of ‖g‖²), cross-entropy, random labels, one batch.

    The table's "grad-norm" row (Lin et al., "Zen-NAS", ICCV 2021). Abdelfattah et al. (2021) sum the norms of layers
    instead, which is another proxy.
    """
    gradients = torch.autograd.grad(loss(network, batch), list(network.parameters()), materialize_grads=True)
    # Norms of tensors first: one number each, whatever the size.
    return float(torch.stack([g.double().norm() for g in gradients]).norm())

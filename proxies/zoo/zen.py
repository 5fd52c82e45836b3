"""Zen-Score."""

import torch
from torch import nn

from ...space import Network, fused
from ..batch import Batch
from ..registry import proxy

PERTURBATION = 0.01


@proxy("zen", title="Zen-NAS", cite="lin2021zennas", init="gaussian", residual=False, fast=True)
@torch.no_grad()
def zen(network: Network, batch: Batch) -> float:
    """Sensitivity of the features to a small perturbation, with the batch norms' scales put back in.

    ln( mean over images of Σ_{c,h,w} |f(x) − f(x + 0.01·ε)| ) + Σ over batch norms of ½·ln( mean over channels of the
    running variance ), where x, ε ~ N(0, 1) and the running variances start at 1 and see both passes with momentum 0.1.
    Lin et al., "Zen-NAS", ICCV 2021; one draw per score, as in the published search.
    """
    with fused():
        clean = network.features(batch.images)
        perturbed = network.features(batch.images + PERTURBATION * batch.noise())
    difference = (clean - perturbed).abs().sum(tuple(range(1, clean.ndim))).mean()
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    if not norms:
        return float(difference.log())
    variances = torch.stack([norm.get_buffer("running_var").mean() for norm in norms])
    return float(difference.log() + 0.5 * variances.log().sum())

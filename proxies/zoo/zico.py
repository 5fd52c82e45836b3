"""Inverse coefficient of variation of the gradients."""

import torch

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import loss_gradients


@proxy("zico", title="ZiCo", cite="li2023zico", needs="labels", residual=False, batches=2, fast=True)
def zico(network: Network, batches: tuple[Batch, Batch]) -> float:
    """Inverse coefficient of variation of gradients: Σ_layers ln Σ_θ mean_b |g_b| / std_b g_b.

    g_b is the gradient of the cross-entropy of batch b by a weight θ of a convolution or linear layer; std is that of
    the population, so of two batches mean/std = (|g₁| + |g₂|) / |g₁ − g₂|. A θ whose std is 0 is left out, and a layer
    whose sum is 0 adds nothing. Li et al., "ZiCo: Zero-shot NAS via Inverse Coefficient of Variation on Gradients",
    ICLR 2023. Their code does not clear gradients between batches, so that its second is g₁ + g₂; here they are apart,
    as in the paper.
    """
    first, second = (loss_gradients(network, batch) for batch in batches)
    logarithms = []
    for g1, g2 in zip(first, second, strict=True):
        difference = (g1 - g2).abs()
        # Unequal to 0, not above it: a gradient that is NaN must show.
        ratios = torch.where(difference != 0, (g1.abs() + g2.abs()) / difference, 0)
        layer = ratios.sum(dtype=torch.float64)
        logarithms.append(torch.where(layer != 0, layer.log(), 0))
    return float(torch.stack(logarithms).sum())

"""Synaptic flow as the comparison table has it."""

import torch

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import synaptic_gradients


@proxy(
    "synflow_zen",
    title="synflow (BN, minimised)",
    cite=("lin2021zennas", "tanaka2020synflow"),
    init="gaussian",
    residual=False,
    batch="ones",
    precision="float64",
    fast=True,
)
def synflow_zen(network: Network, batch: Batch) -> float:
    """Minus the synaptic flow: −Σ over layers of the mean over output channels of Σ |θ·∂R/∂θ|.

    R is the sum of the logits for one all-ones image in a network whose parameters are replaced by their absolute
    values; batch norms stay, in train mode, so they normalise by that one image. float64. The table's "synflow" row is
    this, *minimised* (Lin et al., "Zen-NAS", ICCV 2021); Tanaka et al. (2020) define synflow without batch norm and
    maximise it. The last feature map has to have two pixels or more, for the batch norms.
    """
    pairs = zip(*synaptic_gradients(network, batch.images), strict=True)
    flows = [(w * g).abs().flatten(1).sum(1).mean() for w, g in pairs]
    return -float(torch.stack(flows).sum())

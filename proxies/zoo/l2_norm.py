"""The norms of the weights."""

import torch

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import layer_weights, total


@proxy(
    "l2_norm",
    title="L2-norm",
    cite=("abdelfattah2021zerocost", "krishnakumar2022suite"),
    needs="network",
    fast=True,
)
def l2_norm(network: Network, batch: Batch) -> float:
    """Sum of the norms of the layers' weights: Σ_layers ‖W‖₂, of convolutions and linear layers.

    At initialisation little more than the size of the network. Abdelfattah et al., "Zero-Cost Proxies for Lightweight
    NAS", ICLR 2021; one of the proxies of NAS-Bench-Suite-Zero (Krishnakumar et al., NeurIPS 2022).
    """
    return float(total(torch.linalg.vector_norm(w, dtype=torch.float64) for w in layer_weights(network)))

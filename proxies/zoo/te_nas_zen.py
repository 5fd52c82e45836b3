"""The neural tangent kernel's condition number as the comparison table has it."""

import math

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.tangent import extremes, tangent_kernel


@proxy(
    "te_nas_zen",
    title="TE-NAS (NTK)",
    cite=("chen2021tenas", "lin2021zennas"),
    init="default",
    residual=False,
    fast=True,
)
def te_nas_zen(network: Network, batch: Batch) -> float:
    """Minus the condition number of the tangent kernel: −λ_max/λ_min of K = G·Gᵀ.

    Row i of G is the gradient of Σ_k logit_ik with respect to all weights (convolutions, batch norms, linear; no
    biases). The table's "TE-NAS" row is this alone (Lin et al., "Zen-NAS", ICCV 2021); TE-NAS itself (Chen et al.,
    ICLR 2021) adds the number of linear regions and ranks.
    """
    smallest, largest = extremes(tangent_kernel(network, batch.images))
    return -largest / smallest if smallest else -math.inf

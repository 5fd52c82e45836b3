"""The condition number of the neural tangent kernel, one half of TE-NAS."""

import math

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.tangent import extremes, tangent_kernel


@proxy("ntk_cond", title="NTK condition", cite="chen2021tenas", init="kaiming", fast=True)
def ntk_cond(network: Network, batch: Batch) -> float:
    """Minus the logarithm of the tangent kernel's condition number: −ln(λ_max/λ_min) of K = G·Gᵀ.

    Row i of G is the gradient of Σ_k logit_ik with respect to all weights (convolutions, batch norms, linear; no
    biases), batch norm in train mode. A singular kernel has no finite value. One draw differs from another by some
    40 %: average several seeds. Chen et al., "Neural Architecture Search on ImageNet in Four GPU Hours" (TE-NAS), ICLR
    2021. Deviations: the logarithm, which ranks alike; float64; noise unless images are given; Kaiming weights by
    fan-in, where their code takes fan-out.
    """
    smallest, largest = extremes(tangent_kernel(network, batch.images))
    return -math.log(largest / smallest) if smallest else -math.inf

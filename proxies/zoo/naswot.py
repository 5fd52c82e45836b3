"""NASWOT, also called NWOT: can the network tell the images of a batch apart."""

import torch

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.activations import agreement
from ..tools.spectrum import spectrum


@proxy("naswot", title="NASWOT", cite="mellor2021naswot", batch_size=128, fast=True)
def naswot(network: Network, batch: Batch) -> float:
    """Logarithm of the determinant of the activation kernel: ln |det K|, batch of 128.

    K = Σ over ReLUs of c·cᵀ + (1 − c)·(1 − c)ᵀ, with c = [pre-activation > 0] of an image, flattened: entry (i, j)
    counts the neurons on which images i and j agree. It grows with the number of ReLUs; two images of one pattern make
    it −inf. Mellor et al., "Neural Architecture Search without Training", ICML 2021. Deviations: the determinant is
    computed in float64, and the images are noise unless others are given.
    """
    return log_determinant(network, batch.images)


def log_determinant(network: Network, images: torch.Tensor) -> float:
    """ln |det K| of the activation kernel of images (N, 3, H, W); −inf where it is singular."""
    # A determinant by elimination would come out finite where the kernel is singular, for rounding.
    return float(spectrum(agreement(network, images)).log().sum())

"""Correlation of the Jacobian's rows."""

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import image_correlation
from ..tools.spectrum import eigenvalues

K = 1e-5  # Mellor et al.


@proxy(
    "jacob_cov",
    title="jacob-cov",
    cite=("mellor2020without", "abdelfattah2021zerocost"),
    fast=True,
)
def jacob_cov(network: Network, batch: Batch) -> float:
    """How little images correlate in the Jacobian: −Σ_i [ln(λ_i + k) + 1/(λ_i + k)], k = 1e-5.

    λ are the eigenvalues of the correlation matrix (N, N) of the gradients of Σ logits by the images. Mellor et al.,
    "Neural Architecture Search without Training", first version of 2020 (arXiv 2006.04647), as in Abdelfattah et al.,
    "Zero-Cost Proxies for Lightweight NAS", ICLR 2021. They take a general eigensolver, this is a symmetric one. If
    an image has a constant gradient there is no correlation, and no value (NaN).
    """
    shifted = eigenvalues(image_correlation(network, batch.images)) + K
    return -float((shifted.log() + 1 / shifted).sum())

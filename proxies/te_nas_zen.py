"""The neural tangent kernel's condition number as the comparison table has it."""

import math

import torch

from proxies.batch import Batch
from proxies.registry import proxy
from space import Network


@proxy("te_nas_zen", init="default", residual=False)
def te_nas_zen(network: Network, batch: Batch) -> float:
    """Minus the condition number of the tangent kernel: −λ_max/λ_min of K = G·Gᵀ.

    Row i of G is the gradient of Σ_k logit_ik with respect to all weights (convolutions, batch norms, linear; no
    biases). The table's "TE-NAS" row is this alone (Lin et al., "Zen-NAS", ICCV 2021); TE-NAS itself (Chen et al.,
    ICLR 2021) adds the number of linear regions and ranks.
    """
    eigenvalues = torch.linalg.eigvalsh(tangent_kernel(network, batch.images))
    smallest, largest = eigenvalues[0].item(), eigenvalues[-1].item()
    # K is positive semidefinite; below rounding, λ_min is zero whatever its sign.
    singular = smallest <= len(eigenvalues) * torch.finfo(torch.float64).eps * largest
    return -math.inf if singular else -largest / smallest


def tangent_kernel(network: Network, images: torch.Tensor) -> torch.Tensor:
    """K = G·Gᵀ, (N, N) float64, of images (N, 3, H, W).

    One forward pass, since in train mode batch norm couples the images; one backward pass an image. The Gram matrix is
    summed parameter by parameter.
    """
    weights = [parameter for name, parameter in network.named_parameters() if name.endswith("weight")]
    outputs = network(images).sum(1)
    rows = [torch.autograd.grad(output, weights, retain_graph=True) for output in outputs]
    kernel = torch.zeros(len(images), len(images), dtype=torch.float64, device=images.device)
    for gradients in zip(*rows, strict=True):
        g = torch.stack(gradients).flatten(1).double()
        kernel += g @ g.T
    return kernel

"""The neural tangent kernel of a batch."""

from collections.abc import Iterator, Sequence

import torch

from proxies.spectrum import spectrum
from space import Network, fused

NUMBERS = 2**28  # gradients held at a time: 1 GiB of float32


def tangent_kernel(network: Network, images: torch.Tensor, numbers: int = NUMBERS) -> torch.Tensor:
    """K = G·Gᵀ, (N, N) float64, of images (N, 3, H, W).

    Row i of G is the gradient of Σ_k logit_ik with respect to all weights (convolutions, batch norms, linear; no
    biases). One forward pass, since in train mode batch norm couples the images; one backward pass an image. Batched
    backward passes (vmap) do the same arithmetic and on a CPU take longer for all but the smallest networks.

    The Gram matrix is summed weight by weight. At most `numbers` gradients are held at a time, or those of one weight:
    where that is not enough for all weights, there is a round of backward passes for each group of them.
    """
    with fused():
        outputs = network(images).sum(1)
    weights = [parameter for name, parameter in network.named_parameters() if name.endswith("weight")]
    kernel = torch.zeros(len(images), len(images), dtype=torch.float64, device=images.device)
    for group in _groups(weights, numbers // len(images)):
        # Copied at once to where all rows of a weight lie: gradients kept where a backward pass happens to make them
        # would pin the memory of the maps around them, ten times as much.
        held = [images.new_empty(len(images), weight.numel()) for weight in group]
        for index, y in enumerate(outputs):
            gradients = torch.autograd.grad(y, group, retain_graph=True, materialize_grads=True)
            for rows, gradient in zip(held, gradients, strict=True):
                rows[index] = gradient.flatten()
        for rows in held:
            g = rows.double()
            kernel += g @ g.T
    return kernel


def _groups(weights: Sequence[torch.Tensor], most: int) -> Iterator[list[torch.Tensor]]:
    """Neighbouring weights of at most `most` numbers together, or of one weight if it has more."""
    group: list[torch.Tensor] = []
    for weight in weights:
        if group and sum(w.numel() for w in group) + weight.numel() > most:
            yield group
            group = []
        group.append(weight)
    yield group


def extremes(kernel: torch.Tensor) -> tuple[float, float]:
    """Smallest and largest eigenvalue of a positive semidefinite kernel (N, N); the smallest is 0 if it is singular."""
    eigenvalues = spectrum(kernel)
    return eigenvalues[0].item(), eigenvalues[-1].item()

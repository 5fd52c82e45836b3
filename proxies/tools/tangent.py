"""The neural tangent kernel of a batch."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial

import torch

from ...space import Network, fused
from .spectrum import spectrum

# That is 120 MB of float32. With 64 images, whose maps take 730 MB, a network of 1M parameters then stays below 1 GB,
# and takes a tenth more time than with one round of backward passes.
MAX_GRADIENTS = 30_000_000  # numbers held at a time


def tangent_kernel(network: Network, images: torch.Tensor, numbers: int = MAX_GRADIENTS) -> torch.Tensor:
    """K = G·Gᵀ, (N, N) float64, of images (N, 3, H, W).

    Row i of G is the gradient of Σ_k logit_ik with respect to all weights (convolutions, batch norms, linear; no
    biases). One forward pass, since in train mode batch norm couples the images; one backward pass for each image.
    Batched backward passes (vmap) do the same arithmetic, and on a CPU take longer for all but the smallest networks.

    K is summed weight by weight. At most `numbers` gradients are held at a time, or those of one weight: if that is not
    enough for all weights, there is a round of backward passes for each group of weights.
    """
    with fused():
        outputs = network(images).sum(1)
    weights = [parameter for name, parameter in network.named_parameters() if name.endswith("weight")]
    kernel = torch.zeros(len(images), len(images), dtype=torch.float64, device=images.device)
    for group in _groups(weights, numbers // len(images)):
        for rows in _rows(outputs, group):
            g = rows.double()
            kernel += g @ g.T
    return kernel


def _rows(outputs: torch.Tensor, weights: list[torch.Tensor]) -> list[torch.Tensor]:
    """For each weight (N, numel): row i is the gradient of output i."""
    held = [outputs.new_zeros(len(outputs), weight.numel()) for weight in weights]

    def keep(rows: torch.Tensor, weight: torch.Tensor) -> None:
        if weight.grad is not None:
            rows[index] = weight.grad.flatten()
            weight.grad = None

    with ExitStack() as hooks:
        # Each gradient is copied and freed as soon as it is known. Kept where the backward pass made it, it would keep
        # the memory around it in use.
        for weight, rows in zip(weights, held, strict=True):
            weight.grad = None
            hooks.callback(weight.register_post_accumulate_grad_hook(partial(keep, rows)).remove)
        for index in range(len(outputs)):
            outputs[index].backward(retain_graph=True, inputs=weights)
    return held


def _groups(weights: Sequence[torch.Tensor], most: int) -> Iterator[list[torch.Tensor]]:
    """Groups of neighbouring weights with at most `most` numbers together; a larger weight is a group of its own."""
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

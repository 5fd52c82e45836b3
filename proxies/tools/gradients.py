"""Gradients of a network's loss or logits with respect to its weights or its images, and sums of them."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch.nn import functional

from ...space import Network, fused
from ..batch import Batch


def layer_weights(network: Network) -> list[torch.Tensor]:
    """The weights of convolutions and linear layers: θ in the formulas. No biases, no batch norms."""
    return [layer.weight for layer in network.layers()]


def loss(network: Network, batch: Batch) -> torch.Tensor:
    """The cross-entropy averaged over the batch, a scalar that can be differentiated once (see `space.fused`)."""
    with fused():
        return functional.cross_entropy(network(batch.images), batch.labels)


def loss_gradients(network: Network, batch: Batch) -> Sequence[torch.Tensor]:
    """g = ∂L/∂θ for each of `layer_weights`; L is the cross-entropy averaged over the batch.

    A weight without influence, which some cells have, gets zeros.
    """
    return torch.autograd.grad(loss(network, batch), layer_weights(network), materialize_grads=True)


def synaptic_gradients(network: Network, images: torch.Tensor) -> tuple[list[torch.Tensor], Sequence[torch.Tensor]]:
    """|θ| and ∂R/∂|θ| of each layer's weight; R is the sum of the logits with all parameters made absolute values."""
    with absolute(network):
        weights = layer_weights(network)
        response = network(images).sum()  # not fused: for a single image that is no faster
        gradients = torch.autograd.grad(response, weights, materialize_grads=True)
        return [w.detach() for w in weights], gradients


@contextmanager
def absolute(network: Network) -> Iterator[None]:
    """Replace all parameters by their absolute values within the block."""
    parameters = list(network.parameters())
    before = [parameter.data for parameter in parameters]
    for parameter, value in zip(parameters, torch._foreach_abs(before), strict=True):
        parameter.data = value
    try:
        yield
    finally:
        for parameter, value in zip(parameters, before, strict=True):
            parameter.data = value


def image_correlation(network: Network, images: torch.Tensor) -> torch.Tensor:
    """Correlation (N, N) float64 of the gradients of the sum of all logits with respect to each image.

    With batch norm in train mode an image also changes the logits of the others, and that counts too. NaN where the
    gradient of an image is constant, for instance if it has no influence on the logits.
    """
    images = images.detach().requires_grad_()
    with fused():
        response = network(images).sum()
    (gradient,) = torch.autograd.grad(response, images, materialize_grads=True)
    return torch.corrcoef(gradient.flatten(1).double()).reshape(len(images), len(images))


def total(terms: Iterable[torch.Tensor]) -> torch.Tensor:
    """The sum of all entries of all tensors, a float64 scalar."""
    return torch.stack([term.detach().sum(dtype=torch.float64) for term in terms]).sum()

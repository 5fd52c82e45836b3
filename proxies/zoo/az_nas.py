"""AZ-NAS: four views of a network, assembled by their ranks."""

import math

import torch
from torch import nn
from torch.nn import functional

from ... import space
from ...space import Network, NotDefinedError
from ..batch import Batch
from ..registry import proxy


@proxy("az_nas", title="AZ-NAS", cite="lee2024aznas", init="kaiming", relative="log_rank_sum", components=4, fast=True)
def az_nas(network: Network, batch: Batch) -> tuple[float, float, float, float]:
    """Σ ln(rank/n) over expressivity, progressivity, trainability and complexity, of noise images, of the blocks f_l.

    - expressivity Σ_l S_l: S = −Σ p·ln(p + 10⁻⁸), p = λ/Σλ of the eigenvalues of the covariance of f_l's channels over
      all positions of all images;
    - progressivity min_l (S_l − S_{l−1});
    - trainability: mean over blocks after the first of 2 − σ − 1/(σ + 10⁻⁶), σ the largest singular value of
      M = g_inᵀ·g_out / (positions), with a probe g_out of random ±1 and g_in what the block's backward pass makes of
      it; where the block has a stride, g_in's pixels are first gathered into channels;
    - complexity: multiply-adds.

    Lee and Ham, "AZ-NAS: Assembling Zero-Cost Proxies for Network Architecture Search", CVPR 2024, and the authors'
    code. Blocks are `network.units` without one that only normalises (the head of NAS-Bench-201). Deviations, where the
    code has −∞: a block of constant features has S = 0; one whose backward pass leaves the probe as it is, an identity,
    counts as one that lets nothing pass, with σ = 0, so that each takes the trainability down by about 10⁶/blocks.
    """
    entropies: list[torch.Tensor] = []
    trainabilities: list[torch.Tensor] = []
    features = batch.images
    for unit in filter(_is_block, network.units):
        # Detached, so that a backward pass stays within its block, whose graph is then dropped.
        features = features.detach().requires_grad_(bool(entropies))
        output = unit(features)
        if not output.isfinite().all():
            return (math.nan,) * 4
        entropies.append(_spectral_entropy(output.detach()))
        if features.requires_grad:
            g_out = _probe(output, batch.generator)
            (g_in,) = torch.autograd.grad(output, features, g_out, materialize_grads=True)
            passed = torch.zeros_like(g_in) if torch.equal(g_in, g_out) else g_in
            trainabilities.append(_trainability(passed, g_out))
        features = output
    if not trainabilities:
        raise NotDefinedError("az_nas compares neighbours: it is defined for networks of two blocks or more")
    expressivity = torch.stack(entropies)
    setting = batch.setting
    cost = space.cost(network.architecture, setting.resolution, setting.num_classes, setting.residual)
    return (
        float(expressivity.sum()),
        float(expressivity.diff().min()),
        float(torch.stack(trainabilities).mean()),
        float(cost.macs),
    )


def _is_block(unit: nn.Module) -> bool:
    kinds = {type(module) for module in unit.modules()}
    return nn.Conv2d in kinds or nn.BatchNorm2d not in kinds


def _spectral_entropy(features: torch.Tensor) -> torch.Tensor:
    """Entropy, float64, of the principal components' shares of the variance of features (N, C, H, W)."""
    channels = features.shape[1]
    rows = features.permute(0, 2, 3, 1).flatten(0, 2)
    covariance = torch.cov(rows.T, correction=0).reshape(channels, channels).double()
    eigenvalues = torch.linalg.eigvalsh(covariance).clamp(min=0)
    p = functional.normalize(eigenvalues, p=1, dim=0, eps=torch.finfo(eigenvalues.dtype).tiny)
    return -(p * (p + 1e-8).log()).sum()


def _probe(features: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Random ±1 in the shape of features (N, C, H, W)."""
    n, channels, height, width = features.shape
    bits = torch.randint(2, (n, height, width, channels), generator=generator, dtype=torch.int8)
    return (2 * bits.to(features) - 1).permute(0, 3, 1, 2)


def _trainability(g_in: torch.Tensor, g_out: torch.Tensor) -> torch.Tensor:
    """Trainability, float64, of a block by its probe at the output (N, C', H', W') and at the input (N, C, H, W)."""
    (height, width), (height_in, width_in) = g_out.shape[2:], g_in.shape[2:]
    stride = -(-height_in // height)
    if stride > 1:
        # Padded where the side is not a multiple of the stride.
        beyond = (0, width * stride - width_in, 0, height * stride - height_in)
        g_in = functional.pixel_unshuffle(functional.pad(g_in, beyond), stride)
    rows_in, rows_out = (g.permute(0, 2, 3, 1).flatten(0, 2) for g in (g_in, g_out))
    sigma = torch.linalg.matrix_norm(rows_in.T @ rows_out / len(rows_out), ord=2).double()
    return 2 - sigma - 1 / (sigma + 1e-6)

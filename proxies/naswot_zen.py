"""NASWOT as the comparison table has it."""

import math

import torch
from torch import nn

from proxies.batch import Batch
from proxies.registry import proxy
from space import Network


@proxy("naswot_zen", init="gaussian", residual=False)
@torch.no_grad()
def naswot_zen(network: Network, batch: Batch) -> float:
    """Logarithm of the determinant of the activation kernel: ln |det K|.

    K = Σ over ReLUs of c·cᵀ + (1 − c)·(1 − c)ᵀ, with c = [pre-activation > 0] of an image, flattened: entry (i, j)
    counts the neurons on which images i and j agree. Mellor et al., "Neural Architecture Search without Training",
    ICML 2021, on noise and with Gaussian weights as in Lin et al., "Zen-NAS", ICCV 2021.
    """
    sign, log_determinant = torch.linalg.slogdet(agreement(network, batch.images))
    return float(log_determinant) if sign != 0 else -math.inf


def agreement(network: Network, images: torch.Tensor) -> torch.Tensor:
    """The activation kernel K, (N, N) float64, of images (N, 3, H, W).

    With patterns S = ±1 of d neurons, c·cᵀ + (1 − c)·(1 − c)ᵀ = (S·Sᵀ + d)/2: one matrix product a ReLU. Its entries
    are whole numbers below 2²⁴, so float32 holds them exactly.
    """
    kernel = torch.zeros(len(images), len(images), dtype=torch.float64, device=images.device)

    def count(_relu: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        # max(x, 0) > 0 exactly where x > 0, so the output tells the pattern even if the ReLU works in place.
        signs = (output > 0).to(torch.float32).mul_(2).sub_(1).flatten(1)
        kernel.add_((signs @ signs.T + signs.shape[1]).double(), alpha=0.5)

    hooks = [m.register_forward_hook(count) for m in network.modules() if isinstance(m, nn.ReLU)]
    try:
        network.features(images)
    finally:
        for hook in hooks:
            hook.remove()
    return kernel

"""MeCo: how little the channels of a layer have in common."""

import torch
from torch import nn
from torch.nn import functional

from ...space import Network, NotDefinedError
from ..batch import Batch
from ..registry import proxy
from ..tools.hooks import hooked

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


@proxy("meco", title="MeCo", cite="jiang2023meco", batch_size=1, resolution=64, fast=True)
@torch.no_grad()
def meco(network: Network, batch: Batch) -> float:
    """Sum of smallest eigenvalues: Σ over convolutions of λ_min of the correlation matrix of the output's channels.

    One noise image of 64×64 pixels; a channel's vector is its map, flattened. Rows of channels that are constant are 0.
    Jiang et al., "MeCo: Zero-Shot NAS with One Data and Single Forward Pass via Minimum Eigenvalue of Correlation",
    NeurIPS 2023. Deviation: the authors' code sums over the outputs of all modules, so that a convolution counts again
    with its batch norm, its ReLU and each block around it.
    """
    smallest: list[torch.Tensor] = []

    def hook(_conv: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        smallest.append(_smallest_eigenvalue(output[0].flatten(1)))

    with hooked((m for m in network.modules() if isinstance(m, CONVOLUTIONS)), hook):
        network(batch.images)
    if not smallest:
        raise NotDefinedError("defined for networks with convolutions; this one has none")
    return float(torch.stack(smallest).sum())


def _smallest_eigenvalue(channels: torch.Tensor) -> torch.Tensor:
    """λ_min, float64, of the correlation of channels (C, P)."""
    count, positions = channels.shape
    if count >= positions:  # centred vectors have rank P − 1 at most, so there is an eigenvalue 0
        return channels.new_zeros((), dtype=torch.float64)
    # In float64 the mean of a constant channel is that constant, and what is left of it 0.
    centred = channels.double() - channels.double().mean(1, keepdim=True)
    rows = functional.normalize(centred, dim=1, eps=torch.finfo(torch.float64).tiny)
    return torch.linalg.eigvalsh(rows @ rows.T)[0]

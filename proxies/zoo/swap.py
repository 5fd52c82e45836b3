"""SWAP: how many different things neurons do on a batch."""

import math

import torch

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.activations import distinct_rows, pack_rows, visit_patterns


@proxy("swap", title="SWAP", cite="peng2024swap", init="gaussian", batch_size=16, fast=True)
def swap(network: Network, batch: Batch) -> float:
    """Number of distinct activation patterns of neurons over the batch: |{(1[z_v(x_1) > 0], …, 1[z_v(x_N) > 0])}|.

    z_v is what ReLU neuron v is given. The count cannot exceed the number of neurons, which a large batch reaches, nor
    2ᴺ. Peng et al., "SWAP-NAS: Sample-Wise Activation Patterns for Ultra-fast NAS", ICLR 2024; 16 images and Gaussian
    weights as in the authors' code. Deviations: one draw of the weights, where they average 32; noise unless images are
    given.
    """
    return count_patterns(network, batch.images)


def count_patterns(network: Network, images: torch.Tensor) -> float:
    """Number of distinct patterns, each of one neuron over images (N, 3, H, W); NaN if an activation is NaN."""
    found: list[torch.Tensor] = []
    # Duplicates are dropped ReLU by ReLU. What stays is one word per pattern for every 63 images.
    unknown = visit_patterns(network, images, lambda pattern: found.append(distinct_rows(pack_rows(pattern.T))))
    return math.nan if unknown else len(distinct_rows(torch.cat(found)))

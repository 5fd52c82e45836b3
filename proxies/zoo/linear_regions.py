"""The number of linear regions that a batch falls into, one half of TE-NAS."""

import math

import torch

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.activations import distinct_rows, pack_rows, visit_patterns


@proxy(
    "linear_regions",
    title="Linear regions",
    cite="chen2021tenas",
    init="kaiming",
    thin=True,
    batch_size=3000,
    resolution=3,
    fast=True,
)
def linear_regions(network: Network, batch: Batch) -> float:
    """Number of distinct ReLU patterns among 3000 images of 3×3 pixels, over all ReLUs of a thin network jointly.

    Two images with one pattern lie in one linear region. The count cannot exceed the number of images, and with many
    neurons every image has a pattern of its own: hence TE-NAS counts on tiny images in a network with few channels.
    Chen et al., "Neural Architecture Search on ImageNet in Four GPU Hours", ICLR 2021. Deviations: noise of three
    channels in place of crops of real images with one; one batch in place of three of 1000; only the channels are
    fewer, where theirs has a single cell, so that deep networks reach the limit all the same.
    """
    patterns: list[torch.Tensor] = []
    unknown = visit_patterns(network, batch.images, patterns.append)
    return math.nan if unknown else len(distinct_rows(pack_rows(torch.cat(patterns, 1))))

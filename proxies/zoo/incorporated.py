"""Incorporated-Score: Zen-Score and entropy in one number (Nguyen and Han, 2024), and the paper's ablation of it."""

import math

from ... import space
from ...space import Network
from ..batch import Batch
from ..registry import proxy
from .zen import zen

CIFAR_WEIGHTS = (0.5, 0.01)
IMAGENET_WEIGHTS = (0.9, 0.1)
IMAGENET_CLASSES = 1000


def _entropy(network: Network, batch: Batch) -> float:
    return space.entropy(network.architecture, batch.setting.resolution)


@proxy(
    "incorporated_l",
    title="Incorporated-NAS-l",
    cite="nguyen2024incorporated",
    init="gaussian",
    residual=False,
    fast=True,
)
def incorporated_l(network: Network, batch: Batch) -> float:
    """Weighted sum of Zen-Score and the logarithm of the entropy: w₁·zen + w₂·ln H.

    (w₁, w₂) is (0.5, 0.01) on CIFAR and (0.9, 0.1) on ImageNet, which is recognised by its 1000 classes or more. NaN
    where H is not positive: the formula has no value there.
    """
    w_zen, w_entropy = IMAGENET_WEIGHTS if batch.setting.num_classes >= IMAGENET_CLASSES else CIFAR_WEIGHTS
    h = _entropy(network, batch)
    return w_zen * zen(network, batch) + w_entropy * math.log(h) if h > 0 else math.nan


@proxy(
    "incorporated_s",
    title="Incorporated-NAS-s",
    cite="nguyen2024incorporated",
    init="gaussian",
    residual=False,
    fast=True,
)
def incorporated_s(network: Network, batch: Batch) -> float:
    """Weighted sum of Zen-Score and the square root of the entropy: 0.9·zen + 0.1·√H (NaN where H is negative)."""
    h = _entropy(network, batch)
    return 0.9 * zen(network, batch) + 0.1 * math.sqrt(h) if h >= 0 else math.nan


@proxy(
    "incorporated_raw",
    title="Incorporated-NAS (w/o ls)",
    cite="nguyen2024incorporated",
    init="gaussian",
    residual=False,
    fast=True,
)
def incorporated_raw(network: Network, batch: Batch) -> float:
    """Zen-Score plus entropy as they are: zen + H, the ablation "w/o-ls" (no normalisation, balanced weights)."""
    return zen(network, batch) + _entropy(network, batch)

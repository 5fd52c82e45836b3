"""Other definitions of three proxies, for comparison: `zsbench … --import variants.py`.

`report/variants.csv` holds what they and the built-in definitions measure.
"""

import math

from zsbench.proxies import Batch, proxy
from zsbench.proxies.zoo.gradsign import gradsign
from zsbench.proxies.zoo.swap import count_patterns
from zsbench.proxies.zoo.zen import zen
from zsbench.space import Network


@proxy("zen_shortcuts", init="gaussian", residual=True, fast=True)
def zen_shortcuts(network: Network, batch: Batch) -> float:
    """Zen-Score of the network as it is, its shortcuts kept."""
    return zen(network, batch)


@proxy("gradsign_mean", needs="labels", fast=True)
def gradsign_mean(network: Network, batch: Batch) -> float:
    """GradSign as a mean over weights instead of a sum: the sum divided by the number of weights."""
    return gradsign(network, batch) / sum(weight.numel() for weight in network.parameters() if weight.ndim > 1)


@proxy("reg_swap_half", init="gaussian", batch_size=16, fast=True)
def reg_swap_half(network: Network, batch: Batch) -> float:
    """Regularised SWAP that prefers half a million parameters: μ = 0.5, σ = 1, in millions."""
    return math.exp(_log_reg_swap(network, batch, 0.5e6, 1e12))


@proxy("reg_swap_more", init="gaussian", batch_size=16, fast=True)
def reg_swap_more(network: Network, batch: Batch) -> float:
    """Regularised SWAP that prefers one and a half million parameters: μ = 1.5, σ = 1, in millions."""
    return math.exp(_log_reg_swap(network, batch, 1.5e6, 1e12))


@proxy("reg_swap_thousands", init="gaussian", batch_size=16, fast=True)
def reg_swap_thousands(network: Network, batch: Batch) -> float:
    """Logarithm of regularised SWAP with μ = σ = 25, in thousands; without the logarithm nearly all scores are 0."""
    return _log_reg_swap(network, batch, 25e3, 25e6)


def _log_reg_swap(network: Network, batch: Batch, mu: float, sigma: float) -> float:
    """ln(swap) − (P − μ)²/σ, P and μ numbers of parameters, σ such a number squared; −∞ if no pattern was found."""
    parameters = sum(parameter.numel() for parameter in network.parameters())
    found = count_patterns(network, batch.images)
    return math.log(found) - (parameters - mu) ** 2 / sigma if found else -math.inf

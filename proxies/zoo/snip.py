"""Connection sensitivity."""

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import layer_weights, loss_gradients, total


@proxy(
    "snip",
    title="SNIP",
    cite=("lee2019snip", "abdelfattah2021zerocost"),
    needs="labels",
    fast=True,
)
def snip(network: Network, batch: Batch) -> float:
    """Connection sensitivity: Σ |θ·∂L/∂θ|, over the weights θ of convolutions and linear layers.

    L is the cross-entropy of one batch. Lee et al., "SNIP: Single-shot Network Pruning based on Connection
    Sensitivity", ICLR 2019, summed up as a proxy by Abdelfattah et al., "Zero-Cost Proxies for Lightweight NAS", ICLR
    2021. Both differentiate by a mask on the weights, at 1, which gives θ·∂L/∂θ.
    """
    pairs = zip(layer_weights(network), loss_gradients(network, batch), strict=True)
    return float(total((w * g).abs() for w, g in pairs))

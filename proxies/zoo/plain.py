"""The sum of weights times gradients."""

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import layer_weights, loss_gradients, total


@proxy(
    "plain",
    title="plain",
    cite=("abdelfattah2021zerocost", "krishnakumar2022suite"),
    needs="labels",
    fast=True,
)
def plain(network: Network, batch: Batch) -> float:
    """Sum of weight times loss gradient, with its sign: Σ θ·∂L/∂θ.

    Over the weights θ of convolutions and linear layers, L the cross-entropy of one batch. Abdelfattah et al.,
    "Zero-Cost Proxies for Lightweight NAS", ICLR 2021; one of the proxies of NAS-Bench-Suite-Zero (Krishnakumar et al.,
    NeurIPS 2022). A layer before a batch norm in train mode adds nearly 0, since scaling its weight changes nothing.
    """
    pairs = zip(layer_weights(network), loss_gradients(network, batch), strict=True)
    return float(total(w * g for w, g in pairs))

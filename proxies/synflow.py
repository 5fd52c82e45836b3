"""Synaptic flow as the literature has it."""

from proxies.batch import Batch
from proxies.gradients import synaptic_gradients, total
from proxies.registry import proxy
from space import Network


@proxy("synflow", mode="removed", batch="ones", precision="float64")
def synflow(network: Network, batch: Batch) -> float:
    """Logarithm of the synaptic flow: ln Σ |θ|·∂R/∂|θ|, over the weights θ of convolutions and linear layers.

    R is the sum of the logits for one all-ones image in the network without batch norms whose parameters, biases
    included, are replaced by their absolute values. Tanaka et al., "Pruning neural networks without any data by
    iteratively conserving synaptic flow", NeurIPS 2020, as a proxy by Abdelfattah et al., "Zero-Cost Proxies for
    Lightweight NAS", ICLR 2021. The flow reaches 1e30 and more, so it is its logarithm that is reported; float64. A
    network through which nothing flows has −∞.
    """
    return float(total(w * g for w, g in zip(*synaptic_gradients(network, batch.images), strict=True)).log())

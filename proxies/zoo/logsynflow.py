"""Synaptic flow with logarithms of the gradients."""

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from ..tools.gradients import synaptic_gradients, total


@proxy(
    "logsynflow",
    title="LogSynflow",
    cite="cavagnero2023freerea",
    mode="removed",
    batch="ones",
    precision="float64",
    fast=True,
)
def logsynflow(network: Network, batch: Batch) -> float:
    """Synaptic flow with dampened gradients: Σ |θ|·ln(1 + ∂R/∂|θ|), over the weights of convolutions and linear layers.

    R is the sum of the logits for one all-ones image in the network without batch norms whose parameters, biases
    included, are replaced by their absolute values; float64. Cavagnero et al., "FreeREA: Training-Free Evolution-based
    Architecture Search", WACV 2023.
    """
    return float(total(w * g.log1p() for w, g in zip(*synaptic_gradients(network, batch.images), strict=True)))

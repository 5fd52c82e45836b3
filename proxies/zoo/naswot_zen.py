"""NASWOT as the comparison table has it."""

from ...space import Network
from ..batch import Batch
from ..registry import proxy
from .naswot import log_determinant


@proxy(
    "naswot_zen",
    title="NASWOT (Gaussian)",
    cite=("mellor2021naswot", "lin2021zennas"),
    init="gaussian",
    residual=False,
    fast=True,
)
def naswot_zen(network: Network, batch: Batch) -> float:
    """Logarithm of the determinant of the activation kernel: ln |det K|, as `naswot`, of the plain network.

    Mellor et al., "Neural Architecture Search without Training", ICML 2021, on noise and with Gaussian weights as in
    Lin et al., "Zen-NAS", ICCV 2021.
    """
    return log_determinant(network, batch.images)

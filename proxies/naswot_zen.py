"""NASWOT as the comparison table has it."""

from proxies.batch import Batch
from proxies.naswot import log_determinant
from proxies.registry import proxy
from space import Network


@proxy("naswot_zen", init="gaussian", residual=False)
def naswot_zen(network: Network, batch: Batch) -> float:
    """Logarithm of the determinant of the activation kernel: ln |det K|, as `naswot`, of the plain network.

    Mellor et al., "Neural Architecture Search without Training", ICML 2021, on noise and with Gaussian weights as in
    Lin et al., "Zen-NAS", ICCV 2021.
    """
    return log_determinant(network, batch.images)

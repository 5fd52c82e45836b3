"""TE-NAS: how well the tangent kernel is conditioned, and how many linear regions there are."""

from ..registry import proxy
from . import linear_regions, ntk_cond  # noqa: F401 - its parts have to be registered


@proxy(
    "te_nas",
    title="TE-NAS",
    cite="chen2021tenas",
    needs="scores",
    parts=("ntk_cond", "linear_regions"),
    relative="rank_sum",
    components=2,
)
def te_nas(values: tuple[float, float]) -> tuple[float, float]:
    """Sum of two ranks within the candidates: trainability (`ntk_cond`) and expressivity (`linear_regions`).

    Chen et al., "Neural Architecture Search on ImageNet in Four GPU Hours", ICLR 2021. Deviations: those of its parts;
    TE-NAS prunes a supernet by these ranks, here they rank whole candidates.
    """
    return values

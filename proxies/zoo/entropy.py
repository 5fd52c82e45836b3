"""Entropy of an architecture."""

from ... import space
from ..batch import Setting
from ..registry import proxy


@proxy(
    "entropy",
    title="Entropy",
    cite=("shen2023deepmad", "nguyen2024incorporated"),
    needs="architecture",
    residual=False,
    deterministic=True,
)
def entropy(architecture: space.Architecture, setting: Setting) -> float:
    """Entropy H of the plain network in closed form, minus a penalty for uneven depths.

    H = Σ over stages of (ln C_s + 2·ln r_s)·Σ_u ½·ln w_u − 10·exp(std of depths); see `space.entropy`.
    Shen et al., "DeepMAD", CVPR 2023; penalty and stages as in Nguyen and Han, "Incorporated-Score", 2024.
    """
    return space.entropy(architecture, setting.resolution)

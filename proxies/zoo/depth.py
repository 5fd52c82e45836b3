"""The number of convolutions, a baseline that every proxy has to beat."""

from ... import space
from ..batch import Setting
from ..registry import proxy


@proxy("depth", title="Depth", needs="architecture", deterministic=True)
def depth(architecture: space.Architecture, setting: Setting) -> float:
    """Number of convolutions on the main path, those of shortcuts left out. A baseline, without a source."""
    return float(space.cost(architecture, setting.resolution, setting.num_classes, setting.residual).convolutions)

"""The baseline that knows nothing."""

from random import Random

from ... import space
from ..batch import Setting
from ..registry import proxy


@proxy("random", title="Random", needs="architecture")
def random(architecture: space.Architecture, setting: Setting) -> float:
    """N(0, 1), drawn once per architecture and seed.

    Not once per call: a search that keeps its best would then keep lucky draws instead of random architectures.
    """
    return Random(f"{setting.seed}|{architecture}").gauss(0, 1)

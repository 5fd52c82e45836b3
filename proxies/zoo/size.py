"""The size of a network as its score."""

from ... import space
from ..batch import Setting
from ..registry import proxy


def _cost(architecture: space.Architecture, setting: Setting) -> space.Cost:
    return space.cost(architecture, setting.resolution, setting.num_classes, setting.residual)


@proxy("flops", title="FLOPs", needs="architecture", residual=False, deterministic=True)
def flops(architecture: space.Architecture, setting: Setting) -> float:
    """Multiply-adds of convolutions and linear layers for one image (the field's name for them is FLOPs).

    Of the plain network under the published protocol, with shortcuts under the uniform one.
    """
    return float(_cost(architecture, setting).macs)


@proxy("params", title="Params", needs="architecture", residual=False, deterministic=True)
def params(architecture: space.Architecture, setting: Setting) -> float:
    """Number of parameters, classifier included; plain network or not as for `flops`."""
    return float(_cost(architecture, setting).params)

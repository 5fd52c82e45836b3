"""What the networks of all families have in common."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from itertools import accumulate
from operator import mul
from typing import Any

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from .conv import Conv

NORMS = (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, nn.SyncBatchNorm)

_bare: ContextVar[bool] = ContextVar("bare", default=False)


@contextmanager
def uninitialised() -> Iterator[None]:
    """Leave layers that are made in the block uninitialised: drawing numbers takes as long as making the layers."""
    token = _bare.set(True)
    try:
        yield
    finally:
        _bare.reset(token)


class _Bare:
    # PyTorch calls this method once a layer is made.
    def reset_parameters(self) -> None:
        pass


class _BareConv2d(_Bare, nn.Conv2d):
    pass


class _BareLinear(_Bare, nn.Linear):
    pass


def skips_initialisation() -> bool:
    """Whether the memory of layers made now stays uninitialised, see `uninitialised`."""
    return _bare.get()


def make_conv(spec: Conv) -> nn.Conv2d:
    """The module of a convolution, without its batch norm."""
    padding = (spec.kernel - 1) // 2
    layer = (_BareConv2d if _bare.get() else nn.Conv2d)(
        spec.in_channels, spec.out_channels, spec.kernel, spec.stride, padding, groups=spec.groups, bias=spec.bias
    )
    layer.__class__ = nn.Conv2d  # a proxy may compare the exact type
    return layer


def _make_linear(inputs: int, outputs: int) -> nn.Linear:
    layer = (_BareLinear if _bare.get() else nn.Linear)(inputs, outputs)
    layer.__class__ = nn.Linear
    return layer


class Network(nn.Module):
    """Units, global average pooling, one linear classifier.

    `architecture`: what the network was built from. `units` are applied one after another; the output of the last one,
    which has `width` channels, is the features.
    """

    # Whether it consists of convolutions, batch norms, ReLUs, sums and means only, with no convolution's output worked
    # on in place: shorter ways to a formula may rely on that.
    known = True

    def __init__(self, architecture: object, units: Iterable[nn.Module], width: int, num_classes: int):
        super().__init__()
        self.architecture: Any = architecture
        self.units = nn.ModuleList(units)
        self.classifier = _make_linear(width, num_classes)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """The last feature map (N, C, H, W), before pooling, of images (N, 3, H₀, W₀)."""
        for unit in self.units:
            x = unit(x)
        return x

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (N, num_classes) of images (N, 3, H, W)."""
        return self.classifier(self.features(x).mean((2, 3)))

    def stages(self, x: torch.Tensor) -> tuple[torch.Tensor, dict[int, torch.Tensor]]:
        """Logits (N, num_classes), and for each stride the last map (N, C, H, W) with this stride, in one pass.

        The stride of a map is the side of the images divided by its side. The map with the largest one is the features.
        """
        maps = {}
        for stride, unit in zip(self._strides, self.units, strict=True):
            maps[stride] = x = unit(x)
        return self.classifier(x.mean((2, 3))), maps

    @cached_property
    def _strides(self) -> list[int]:
        # Of the map after each unit. At most one convolution of a unit has a stride, and its shortcut has the same one.
        steps = (max((m.stride[0] for m in u.modules() if isinstance(m, nn.Conv2d)), default=1) for u in self.units)
        return list(accumulate(steps, mul))

    def use_batch_statistics(self, on: bool) -> "Network":
        """Let batch norms use the statistics of the batch, or the running ones."""
        return self.train(on)

    def layers(self) -> Iterator[nn.Conv2d | nn.Linear]:
        """Convolutions and linear layers, projections included: the layers of the proxies' formulas."""
        return (module for module in self.modules() if isinstance(module, nn.Conv2d | nn.Linear))


def remove_norms(network: nn.Module) -> None:
    """Replace every batch norm by the identity, in place.

    A subclass that does more, such as an activation, stays, with a batch norm that changes nothing.
    """
    for module in list(network.modules()):
        for name, child in module.named_children():
            if type(child) in NORMS:
                setattr(module, name, nn.Identity())
            elif isinstance(child, _BatchNorm):
                child.eps = 0.0
                for name_of in ("weight", "bias"):
                    child.register_parameter(name_of, None)
                child.running_mean, child.running_var = torch.zeros(child.num_features), torch.ones(child.num_features)

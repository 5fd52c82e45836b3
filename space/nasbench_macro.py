"""The networks of NAS-Bench-Macro (Su et al., "Prioritized Architecture Sampling with Monto-Carlo Tree Search", 2021).

A 3×3 stem of 32 channels, eight layers in three stages (2, 3, 3) of which each starts with stride 2 and doubles the
channels, a 1×1 head of 1280 channels, pooling, classifier. Each layer is one of three, written as one digit: 0 the
identity (1×1 convolution where the shape changes), 1 an inverted residual of expansion 3 with 3×3 kernel, 2 one of
expansion 6 with 5×5 kernel.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import nn

from .conv import IMAGE_CHANNELS, Conv
from .cost import Cost
from .network import Network, make_conv
from .spelling import bare

CHOICES = ("0", "1", "2")
INVERTED = {"1": (3, 3), "2": (6, 5)}  # expansion, kernel
STAGES = (2, 3, 3)
LAYERS = sum(STAGES)
STEM, HEAD = 32, 1280
THIN_DIVISOR = 32


@dataclass(frozen=True, slots=True)
class Macro:
    """One choice for each layer. Immutable; `str()` gives the eight digits."""

    operations: tuple[str, ...]

    @property
    def layers(self) -> int:
        """Number of convolutions of the network."""
        return sum(len(layer.convs) for layer in _layers(self, 1))

    @property
    def key(self) -> str:
        """A value that two networks share only if they compute the same function.

        Where the shape stays the same, the identity does nothing, so its place within a stage does not matter.
        """
        stages, start = [], 0
        for count in STAGES:
            first, *rest = self.operations[start : start + count]
            stages.append(first + "".join(choice for choice in rest if choice != "0"))
            start += count
        return "|".join(stages)

    def __str__(self) -> str:
        return "".join(self.operations)

    @staticmethod
    def parse(text: str) -> "Macro":
        """Read eight digits or a list of them; leading zeros may be missing, as in the published table."""
        text = bare(text)
        if re.fullmatch(rf"[(\[]\s*[012](\s*,\s*[012]){{{LAYERS - 1}}}\s*[)\]]", text):
            text = re.sub("[^012]", "", text)
        if not re.fullmatch(f"[012]{{1,{LAYERS}}}", text):
            raise ValueError(f"expected {LAYERS} digits 0, 1 or 2, found {text[:40]!r}")
        return Macro(tuple(text.zfill(LAYERS)))


@dataclass(frozen=True)
class MacroLayer:
    """Consecutive convolutions, and whether their input is added to the result."""

    convs: tuple[Conv, ...]
    shortcut: bool


@lru_cache(maxsize=1 << 14)
def _layers(architecture: Macro, thinning: int) -> tuple[MacroLayer, ...]:
    """Stem, eight layers, head; channels divided by `thinning`."""
    width = STEM // thinning
    described = [MacroLayer((Conv(IMAGE_CHANNELS, width, 3),), False)]
    choices = iter(architecture.operations)
    for count in STAGES:
        for index in range(count):
            out = width if index else 2 * width
            described.append(_layer(next(choices), width, out))
            width = out
    return (*described, MacroLayer((Conv(width, HEAD // thinning, 1),), False))


def _layer(choice: str, c: int, out: int) -> MacroLayer:
    stride = 1 if c == out else 2
    if choice == "0":
        return MacroLayer((Conv(c, out, 1, stride),) if stride > 1 else (), False)
    expansion, kernel = INVERTED[choice]
    wide = c * expansion
    convs = (Conv(c, wide, 1), Conv(wide, wide, kernel, stride, groups=wide), Conv(wide, out, 1))
    return MacroLayer(convs, stride == 1)


class MacroUnit(nn.Module):
    """Convolutions with batch norms, and ReLUs between them; `last` adds a ReLU at the end."""

    def __init__(self, layer: MacroLayer, shortcut: bool, last: bool):
        super().__init__()
        modules: list[nn.Module] = []
        for index, spec in enumerate(layer.convs):
            modules += [make_conv(spec), nn.BatchNorm2d(spec.out_channels)]
            if last or index < len(layer.convs) - 1:
                modules.append(nn.ReLU())
        self.body = nn.Sequential(*modules)
        self.shortcut = layer.shortcut and shortcut

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to (N, C', H', W')."""
        return self.body(x) + x if self.shortcut else self.body(x)


def macro_network(architecture: Macro, num_classes: int, residual: bool, thin: bool) -> Network:
    """The network of eight choices; arguments as in `space.build`."""
    described = _layers(architecture, THIN_DIVISOR if thin else 1)
    ends = (0, len(described) - 1)
    modules = (MacroUnit(layer, residual, index in ends) for index, layer in enumerate(described))
    return Network(architecture, modules, described[-1].convs[-1].out_channels, num_classes)


def macro_cost(architecture: Macro, resolution: int, num_classes: int, residual: bool) -> Cost:
    """Cost of the network; shortcuts have no parameters, so the plain network costs the same."""
    params = macs = 0
    side = resolution
    for spec in _convolutions(architecture):
        params += spec.params
        macs += spec.macs(side)
        side = spec.side(side)
    params += (HEAD + 1) * num_classes
    return Cost(params, macs + HEAD * num_classes, architecture.layers, architecture.layers, side)


def _convolutions(architecture: Macro) -> Iterator[Conv]:
    return (spec for layer in _layers(architecture, 1) for spec in layer.convs)

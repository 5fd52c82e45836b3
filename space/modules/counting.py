"""Parameters and multiply-adds of a user's module, counted on the module itself."""

import hashlib
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import nn

from ..cost import Cost
from .network import LAYERS, logits_of

EXAMPLES = 2  # inputs of the pass: a batch norm may refuse a single one
DIGITS = 12  # hexadecimal digits of a digest


class Counted(NamedTuple):
    """What a module costs for one input, how many logits it gives, and a digest of the shapes of its state."""

    cost: Cost
    num_classes: int
    digest: str


def count(make: Callable[[], nn.Module], shape: tuple[int, ...]) -> Counted:
    """Count a module for inputs (N, *shape): half of what PyTorch's counter of floating-point operations finds.

    The module is made without memory (on the meta device) where it can be, else as it is. `layers` and `convolutions`
    of the cost are the module's convolutions with and without its linear layers, those of shortcuts among them.
    """
    try:
        with torch.device("meta"):
            return _count(make().to("meta"), shape)
    except Exception:  # noqa: BLE001 - a user's module may look at numbers, which meta tensors lack
        with torch.random.fork_rng(devices=[]):
            return _count(make().cpu(), shape)


def count_params(make: Callable[[], nn.Module]) -> int:
    """Number of parameters of a module."""
    try:
        with torch.device("meta"):
            module = make()
    except Exception:  # noqa: BLE001 - as above
        with torch.random.fork_rng(devices=[]):
            module = make()
    return _params(module)


def _count(module: nn.Module, shape: tuple[int, ...]) -> Counted:
    from torch.utils.flop_counter import FlopCounterMode  # at first use: it imports half of the compiler

    module.eval()
    sides = [1]

    def keep_side(_layer: nn.Module, _inputs: Any, output: Any) -> None:
        if output.ndim > 2 and output.shape[-1] > 1:
            sides.append(output.shape[-1])

    convolutions = [m for m in module.modules() if isinstance(m, LAYERS) and not isinstance(m, nn.Linear)]
    handles = [layer.register_forward_hook(keep_side) for layer in convolutions]
    x = torch.zeros(EXAMPLES, *shape, dtype=next(module.parameters()).dtype)
    # With gradients: without, attention takes a way that the counter does not know.
    with torch.enable_grad(), FlopCounterMode(display=False) as counter:
        logits = logits_of(module(x))
    for handle in handles:
        handle.remove()
    layers = sum(isinstance(m, LAYERS) for m in module.modules())
    macs = counter.get_total_flops() // 2 // EXAMPLES
    cost = Cost(_params(module), macs, layers, len(convolutions), sides[-1])
    return Counted(cost, logits.shape[1], _digest(module, shape))


def _params(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())


def _digest(module: nn.Module, shape: tuple[int, ...]) -> str:
    described = [shape, [(name, tuple(tensor.shape)) for name, tensor in module.state_dict().items()]]
    described.append([type(m).__name__ for m in module.modules()])
    return hashlib.sha256(repr(described).encode()).hexdigest()[:DIGITS]

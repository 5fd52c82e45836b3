"""Batch norm, shortcut and ReLU of a unit as one operation, where that is asked for and can be had; else one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeGuard

import numpy as np
import torch
from torch import nn
from torch.autograd.function import once_differentiable

from .compiled import compiled, use_threads_of_torch

WIDTH = 256  # numbers a row at least, where the map can be folded: loops over fewer are mostly overhead

# Of maps, and of the batch norm's parameters.
FORMATS = (
    (torch.float32, torch.float32),
    (torch.float64, torch.float64),
    (torch.bfloat16, torch.float32),  # as autocast has it
)

_fusing: ContextVar[bool] = ContextVar("fusing", default=False)


def _kernels(name: str = "kernels") -> Any:
    return compiled(name)


@contextmanager
def fused() -> Iterator[None]:
    """Networks run in the block in train mode on a CPU take batch norm, shortcut and ReLU as one operation.

    Nothing changes but rounding: what was given another norm or activation, or hooks on them, is computed as it is.
    Where no gradients are wanted a map is overwritten between convolution and ReLU, so it is not for code that looks
    into one then; and what is computed inside can be differentiated twice, not thrice.
    """
    token = _fusing.set(_kernels() is not None)
    if _fusing.get():
        use_threads_of_torch()
    try:
        yield
    finally:
        _fusing.reset(token)


def norm_relu(
    norm: nn.Module, relu: nn.Module | None, x: torch.Tensor, shortcut: torch.Tensor | None = None
) -> torch.Tensor:
    """relu(norm(x) + shortcut) of maps (N, C, H, W); inside `fused` it may be written over `x`.

    Without a `relu` it is norm(x), and there is no shortcut.
    """
    watched = relu is not None and bool(relu._forward_hooks)  # a hook wants the ReLU to run
    rectify = relu is not None and not watched
    grad = torch.is_grad_enabled()
    if not (_fusing.get() and _fusible(norm, relu, x)) or (watched and grad):
        y = norm(x)
        y = y if shortcut is None else y + shortcut
        return y if relu is None else relu(y)
    if shortcut is not None:
        shortcut = shortcut.to(x.dtype).contiguous(memory_format=torch.channels_last)
    if grad and any(t is not None and t.requires_grad for t in (x, norm.weight, norm.bias, shortcut)):
        return _NormReLU.apply(x, norm.weight, norm.bias, shortcut, norm, rectify)
    _normalise(norm, x, shortcut, rectify, x)
    return relu(x) if watched and relu is not None else x


def _fusible(norm: nn.Module, relu: nn.Module | None, x: torch.Tensor) -> TypeGuard[nn.BatchNorm2d]:
    return (
        type(norm) is nn.BatchNorm2d
        and (relu is None or (type(relu) is nn.ReLU and not _hooked(relu)))
        and not (norm._forward_hooks or _hooked(norm))
        and norm.training
        and norm.weight is not None
        and norm.bias is not None
        and norm.momentum is not None
        and norm.running_mean is not None
        and x.device.type == "cpu"
        and (x.dtype, norm.weight.dtype) in FORMATS
        and x.is_contiguous(memory_format=torch.channels_last)
        and x.numel() > x.shape[1]  # one value a channel is an error, and batch norm says so
    )


def _hooked(module: nn.Module) -> bool:
    """Whether it has hooks other than on what it gives."""
    return bool(module._forward_pre_hooks or module._backward_hooks or module._backward_pre_hooks)


def _normalise(
    norm: nn.BatchNorm2d, x: torch.Tensor, shortcut: torch.Tensor | None, rectify: bool, out: torch.Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """Into `out`; mean and variance."""
    width = _width(x)
    rows = _rows(x, width)
    added = rows if shortcut is None else _rows(shortcut, width)
    scale, shift = norm.weight.detach().numpy(), norm.bias.detach().numpy()
    mean, variance = _kernels().normalise(
        rows, scale, shift, norm.eps, added, shortcut is not None, rectify, _rows(out, width)
    )
    running = norm.get_buffer("running_mean").numpy(), norm.get_buffer("running_var").numpy()
    _kernels().follow(*running, mean, variance, norm.momentum, x.numel() // x.shape[1])
    norm.get_buffer("num_batches_tracked").add_(1)
    return mean, variance


class _NormReLU(torch.autograd.Function):
    @staticmethod
    def forward(
        context: Any,
        x: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        shortcut: torch.Tensor | None,
        norm: nn.BatchNorm2d,
        rectify: bool,
    ) -> torch.Tensor:
        y = torch.empty_like(x)
        context.settings = _normalise(norm, x, shortcut, rectify, y), norm.eps, shortcut is not None, rectify
        context.save_for_backward(x, y, weight, bias)
        return y

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, y, weight, bias = context.saved_tensors
        return *_Gradient.apply(gradient, x, y.detach(), weight, bias, *context.settings), None, None


class _Gradient(torch.autograd.Function):
    # A function of its own, so that it has a gradient in turn.

    @staticmethod
    def forward(
        context: Any,
        gradient: torch.Tensor,
        x: torch.Tensor,
        y: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        statistics: tuple[np.ndarray, np.ndarray],
        eps: float,
        adds: bool,
        rectify: bool,
    ) -> tuple[torch.Tensor | None, ...]:
        width = _width(x)
        by_x = torch.empty_like(x)
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        by_weight, by_bias, masked = _kernels().differentiate(
            *(_rows(t, width) for t in (gradient, x, y)),
            *(t.detach().numpy() for t in (weight, bias)),
            *statistics,
            eps,
            adds,
            rectify,
            _rows(by_x, width),
        )
        context.set_materialize_grads(False)
        context.save_for_backward(gradient, x, y, weight)
        context.statistics, context.eps, context.rectify = statistics, eps, rectify
        by_shortcut = torch.from_numpy(masked).view(x.dtype).as_strided(x.shape, x.stride()) if adds else None
        return by_x, torch.from_numpy(by_weight), torch.from_numpy(by_bias), by_shortcut

    @staticmethod
    @once_differentiable
    def backward(
        context: Any,
        u: torch.Tensor | None,
        for_weight: torch.Tensor | None,
        for_bias: torch.Tensor | None,
        shortcut: torch.Tensor | None,
    ) -> tuple[torch.Tensor | None, ...]:
        gradient, x, y, weight = context.saved_tensors
        if x.dtype == torch.bfloat16:
            raise RuntimeError("no second derivatives in bfloat16")
        y = y if context.rectify else torch.ones_like(x)  # positive: everything passes
        width = _width(x)
        channels = [torch.zeros_like(weight) if t is None else t for t in (for_weight, for_bias)]
        u, added = (
            torch.zeros_like(x) if t is None else t.contiguous(memory_format=torch.channels_last) for t in (u, shortcut)
        )
        by_gradient, by_x = torch.empty_like(x), torch.empty_like(x)
        by_weight = _kernels("kernels_second").differentiate_again(
            _rows(u, width),
            *(t.detach().numpy() for t in channels),
            _rows(added, width),
            shortcut is not None,
            *(_rows(t, width) for t in (gradient, x, y)),
            weight.detach().numpy(),
            *context.statistics,
            context.eps,
            *(_rows(t, width) for t in (by_gradient, by_x)),
        )
        return by_gradient, by_x, None, torch.from_numpy(by_weight), None, None, None, None, None


def _width(x: torch.Tensor) -> int:
    width = x.shape[1]
    while width < WIDTH and (x.numel() // width) % 2 == 0:
        width *= 2
    return width


def _rows(x: torch.Tensor, width: int) -> np.ndarray:
    # The memory of a channels-last map as rows; NumPy has no bfloat16.
    rows = x.detach().permute(0, 2, 3, 1).view(-1, width)
    return (rows.view(torch.uint16) if x.dtype == torch.bfloat16 else rows).numpy()

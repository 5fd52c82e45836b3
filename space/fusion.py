"""Batch norm, shortcut and ReLU of a unit as one operation, where that is asked for and can be had; else one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.autograd.function import once_differentiable

from space.compiled import compiled, use_threads_of_torch

WIDTH = 256  # numbers a row at least, where the map can be folded: loops over fewer are mostly overhead

_fusing: ContextVar[bool] = ContextVar("fusing", default=False)


def _kernels() -> Any:
    return compiled("space.kernels")


@contextmanager
def fused() -> Iterator[None]:
    """Networks run in the block in train mode on a CPU take batch norm, shortcut and ReLU as one operation.

    Nothing changes but rounding. Where no gradients are wanted a map is overwritten between convolution and ReLU, so it
    is not for code that looks into one then; and what is computed inside can be differentiated once.
    """
    token = _fusing.set(_kernels() is not None)
    if _fusing.get():
        use_threads_of_torch()
    try:
        yield
    finally:
        _fusing.reset(token)


def norm_relu(norm: nn.Module, relu: nn.Module, x: torch.Tensor, shortcut: torch.Tensor | None = None) -> torch.Tensor:
    """relu(norm(x) + shortcut) of maps (N, C, H, W); inside `fused` it may be written over `x`."""
    watched = bool(relu._forward_hooks)  # a hook wants the ReLU to run
    grad = torch.is_grad_enabled()
    if not (_fusing.get() and isinstance(norm, nn.BatchNorm2d) and _fusible(norm, x)) or (watched and grad):
        y = norm(x)
        return relu(y if shortcut is None else y + shortcut)
    if shortcut is not None:
        shortcut = shortcut.contiguous(memory_format=torch.channels_last)
    if grad and any(t is not None and t.requires_grad for t in (x, norm.weight, norm.bias, shortcut)):
        return _NormReLU.apply(x, norm.weight, norm.bias, shortcut, norm)
    _normalise(norm, x, shortcut, not watched, x)
    return relu(x) if watched else x


def _fusible(norm: nn.BatchNorm2d, x: torch.Tensor) -> bool:
    return (
        norm.training
        and norm.momentum is not None
        and norm.running_mean is not None
        and x.device.type == "cpu"
        and x.dtype == norm.weight.dtype
        and x.dtype in (torch.float32, torch.float64)
        and x.is_contiguous(memory_format=torch.channels_last)
        and x.numel() > x.shape[1]  # one value a channel is an error, and batch norm says so
    )


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
    ) -> torch.Tensor:
        y = torch.empty_like(x)
        context.statistics = _normalise(norm, x, shortcut, True, y)
        context.eps, context.adds = norm.eps, shortcut is not None
        context.save_for_backward(x, y, weight, bias)
        return y

    @staticmethod
    @once_differentiable
    def backward(context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, y, weight, bias = context.saved_tensors
        width = _width(x)
        by_x = torch.empty_like(x)
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        by_weight, by_bias, masked = _kernels().differentiate(
            *(_rows(t, width) for t in (gradient, x, y)),
            *(t.detach().numpy() for t in (weight, bias)),
            *context.statistics,
            context.eps,
            context.adds,
            _rows(by_x, width),
        )
        by_shortcut = None
        if context.adds:
            by_shortcut = torch.from_numpy(masked).as_strided(x.shape, x.stride())
        return by_x, torch.from_numpy(by_weight), torch.from_numpy(by_bias), by_shortcut, None


def _width(x: torch.Tensor) -> int:
    width = x.shape[1]
    while width < WIDTH and (x.numel() // width) % 2 == 0:
        width *= 2
    return width


def _rows(x: torch.Tensor, width: int) -> np.ndarray:
    # The memory of a channels-last map as rows.
    return x.detach().permute(0, 2, 3, 1).view(-1, width).numpy()

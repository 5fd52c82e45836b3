"""Batch norm, shortcut and ReLU of a unit as one operation, inside `fused` and where a kernel fits."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeGuard

import numpy as np
import torch
from torch import nn
from torch.autograd.function import once_differentiable

from .compiled import compiled, use_threads_of_torch

MIN_WIDTH = 256  # numbers in a row of a folded map: loops over fewer numbers are mostly overhead

# Pairs: the precision of maps, and that of the batch norm's parameters.
PRECISIONS = (
    (torch.float32, torch.float32),
    (torch.float64, torch.float64),
    (torch.bfloat16, torch.float32),  # as under autocast
)

_fusing: ContextVar[bool] = ContextVar("fusing", default=False)


def _kernels() -> Any:
    return compiled(".kernels", __package__)


@contextmanager
def fused() -> Iterator[None]:
    """Inside the block, networks in train mode on a CPU compute batch norm, shortcut and ReLU as one operation.

    Results differ only in rounding. A unit with another norm or activation, or with hooks on them, is computed step by
    step. Without gradients, a map is overwritten between convolution and ReLU, so do not read maps there. Results can
    be differentiated once; a second derivative raises RuntimeError.
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
    """relu(norm(x) + shortcut) of maps (N, C, H, W); inside `fused` the result may overwrite `x`.

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
        and (x.dtype, norm.weight.dtype) in PRECISIONS
        and x.is_contiguous(memory_format=torch.channels_last)
        and x.numel() > x.shape[1]  # one value per channel is an error, and batch norm says so
    )


def _hooked(module: nn.Module) -> bool:
    """Whether a module has hooks other than those on its output."""
    return bool(module._forward_pre_hooks or module._backward_hooks or module._backward_pre_hooks)


def _normalise(
    norm: nn.BatchNorm2d, x: torch.Tensor, shortcut: torch.Tensor | None, rectify: bool, out: torch.Tensor
) -> tuple[np.ndarray, np.ndarray]:
    """Write the result into `out`; return mean and variance of each channel."""
    width = _width(x)
    rows = _rows(x, width)
    added = rows if shortcut is None else _rows(shortcut, width)
    scale, shift = norm.weight.detach().numpy(), norm.bias.detach().numpy()
    mean, variance = _kernels().normalise(
        rows, scale, shift, norm.eps, added, shortcut is not None, rectify, _rows(out, width)
    )
    running = norm.get_buffer("running_mean").numpy(), norm.get_buffer("running_var").numpy()
    _kernels().update_running_statistics(*running, mean, variance, norm.momentum, x.numel() // x.shape[1])
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
    @once_differentiable
    def backward(context: Any, gradient: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        x, y, weight, bias = context.saved_tensors
        statistics, eps, adds, rectify = context.settings
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
        by_shortcut = torch.from_numpy(masked).view(x.dtype).as_strided(x.shape, x.stride()) if adds else None
        return by_x, torch.from_numpy(by_weight), torch.from_numpy(by_bias), by_shortcut, None, None


def _width(x: torch.Tensor) -> int:
    width = x.shape[1]
    while width < MIN_WIDTH and (x.numel() // width) % 2 == 0:
        width *= 2
    return width


def _rows(x: torch.Tensor, width: int) -> np.ndarray:
    # The memory of a channels-last map as rows. NumPy has no bfloat16, so its bits are handed on as uint16.
    rows = x.detach().permute(0, 2, 3, 1).view(-1, width)
    return (rows.view(torch.uint16) if x.dtype == torch.bfloat16 else rows).numpy()

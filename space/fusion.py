"""Batch norm, shortcut and ReLU of a unit as one operation, where that is asked for and can be had; else one by one."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from types import ModuleType

import numpy as np
import torch
from torch import nn

WIDTH = 256  # numbers a row at least, where the map can be folded: loops over fewer are mostly overhead

_fusing: ContextVar[bool] = ContextVar("fusing", default=False)


@cache
def _kernels() -> ModuleType | None:
    # Compiled loops come with the extra `speed`.
    try:
        from space import kernels
    except ImportError:
        return None
    return kernels


@contextmanager
def fused() -> Iterator[None]:
    """Networks run in the block in train mode on a CPU may overwrite maps between a convolution and its ReLU.

    Nothing else changes but rounding. Not for code that looks into a convolution or a batch norm while it runs, or that
    differentiates twice.
    """
    token = _fusing.set(_kernels() is not None)
    if _fusing.get():
        import numba

        numba.set_num_threads(min(torch.get_num_threads(), numba.config.NUMBA_NUM_THREADS))
    try:
        yield
    finally:
        _fusing.reset(token)


def norm_relu(norm: nn.Module, relu: nn.Module, x: torch.Tensor, shortcut: torch.Tensor | None = None) -> torch.Tensor:
    """relu(norm(x) + shortcut) of maps (N, C, H, W); inside `fused` it may be written over `x`."""
    if not (_fusing.get() and isinstance(norm, nn.BatchNorm2d) and _fusible(norm, x)):
        y = norm(x)
        return relu(y if shortcut is None else y + shortcut)
    # A hook on the ReLU wants it to run.
    watched = bool(relu._forward_hooks)
    y = _normalised(norm, x, shortcut, rectify=not watched)
    return relu(y) if watched else y


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
        and not (torch.is_grad_enabled() and (x.requires_grad or norm.weight.requires_grad))
    )


def _normalised(norm: nn.BatchNorm2d, x: torch.Tensor, shortcut: torch.Tensor | None, rectify: bool) -> torch.Tensor:
    kernels = _kernels()
    assert kernels is not None
    count, width = x.numel() // x.shape[1], x.shape[1]
    while width < WIDTH and (x.numel() // width) % 2 == 0:
        width *= 2
    rows = _rows(x, width)
    added = rows if shortcut is None else _rows(shortcut.contiguous(memory_format=torch.channels_last), width)
    scale, shift = norm.weight.numpy(), norm.bias.numpy()
    mean, variance = kernels.normalise(rows, scale, shift, norm.eps, added, shortcut is not None, rectify, rows)
    running = norm.get_buffer("running_mean").numpy(), norm.get_buffer("running_var").numpy()
    kernels.follow(*running, mean, variance, norm.momentum, count)
    norm.get_buffer("num_batches_tracked").add_(1)
    return x


def _rows(x: torch.Tensor, width: int) -> np.ndarray:
    # The memory of a channels-last map as rows.
    return x.detach().permute(0, 2, 3, 1).view(-1, width).numpy()

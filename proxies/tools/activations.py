"""Activation patterns: which neurons are active on which images, and counts of them."""

import math
from collections.abc import Callable

import torch
from torch import nn

from ...space import Network, NotDefinedError, fused
from ...space.speed.compiled import compiled, use_threads_of_torch
from .hooks import hooked

RECTIFIERS = (nn.ReLU, nn.ReLU6)  # positive where their input is
WORD_BITS = 63  # bits of an int64, without its sign


@torch.no_grad()
def visit_activations(network: Network, images: torch.Tensor, visit: Callable[[torch.Tensor], None]) -> None:
    """Call `visit` with the output (N, d) of each ReLU for the N images; `visit` must read it before it returns.

    ReLUs come in the order in which they run, so that only one map is held at a time. The d neurons of a ReLU are in
    the order of memory. Raises NotDefinedError if the network has no module that is a ReLU.
    """
    rectifiers = [module for module in network.modules() if isinstance(module, RECTIFIERS)]
    if not rectifiers:
        raise NotDefinedError("activation patterns are defined for networks with ReLUs; this one has no nn.ReLU")

    def hook(_relu: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        if output.ndim == 4 and output.is_contiguous(memory_format=torch.channels_last):
            output = output.permute(0, 2, 3, 1)  # flattens without a copy
        visit(output.flatten(1))

    with hooked(rectifiers, hook), fused():
        network(images)


def visit_patterns(network: Network, images: torch.Tensor, visit: Callable[[torch.Tensor], None]) -> torch.Tensor:
    """Call `visit` with the pattern of each ReLU, (N, d): 1 where its d neurons are positive on the N images, else 0.

    It works like `visit_activations`: the sign of max(x, 0) is 1 where x > 0 and 0 elsewhere, so ReLUs may work in
    place. Returns a scalar that says whether any number was NaN: if so, the patterns mean nothing.
    """
    unknown = torch.zeros((), dtype=torch.bool, device=images.device)

    def visit_signs(activations: torch.Tensor) -> None:
        unknown.logical_or_(activations.isnan().any())
        # The sign in the map's own precision takes a fifth of the time of a comparison and a conversion.
        visit(activations.sign())

    visit_activations(network, images, visit_signs)
    return unknown


def agreement(network: Network, images: torch.Tensor) -> torch.Tensor:
    """The activation kernel K, (N, N) float64, of images (N, 3, H, W): the number of neurons on which two images agree.

    On a CPU with numba: the d neurons of a ReLU minus those that differ, counted on patterns of bits. Otherwise, by
    P = c·cᵀ, whose diagonal counts the active neurons: c·cᵀ + (1 − c)·(1 − c)ᵀ has the entries
    2·P_ij − P_ii − P_jj + d. They are whole numbers, which float32 holds exactly if a ReLU has fewer than 2²⁴ neurons.
    For an image that gives NaN somewhere the agreement is unknown: its row and column are NaN.
    """
    kernel = torch.zeros(len(images), len(images), dtype=torch.float64, device=images.device)
    plain = images.device.type != "cpu" or images.dtype not in (torch.float32, torch.float64)
    bits = None if plain else compiled(".bits", __package__)

    def count(activations: torch.Tensor) -> None:
        d = activations.shape[1]
        if bits is not None:
            words, unknown = bits.pack(activations.numpy())
            kernel.add_(d - torch.from_numpy(bits.differences(words)))
            kernel[unknown] = kernel[:, unknown] = math.nan
            return
        c = activations.sign()
        both = (c @ c.T).double()
        active = both.diagonal()
        kernel.add_(2 * both - active - active[:, None] + d)
        unknown = activations.isnan().any(1)
        kernel.masked_fill_(unknown | unknown[:, None], math.nan)

    if bits is not None:
        use_threads_of_torch()
    visit_activations(network, images, count)
    return kernel


def pack_rows(patterns: torch.Tensor) -> torch.Tensor:
    """Pack rows of bits (n, b), 0 or 1, into words (n, ⌈b / 63⌉) int64: two rows of words are equal if the bits are."""
    words = []
    for bits in patterns.split(WORD_BITS, dim=1):
        places = torch.arange(bits.shape[1], device=bits.device)
        words.append((bits.long() << places).sum(1))
    return torch.stack(words, 1)


def distinct_rows(words: torch.Tensor) -> torch.Tensor:
    """The distinct rows of words (n, w), in any order."""
    # Sorting numbers is far faster than sorting rows.
    return words[:, 0].unique()[:, None] if words.shape[1] == 1 else words.unique(dim=0)

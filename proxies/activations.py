"""Activation patterns: which neurons are active on which images, and what proxies count of them."""

from collections.abc import Callable

import torch
from torch import nn

from proxies.hooks import hooked
from space import Network, fused

WORD = 63  # bits of an int64 without its sign


@torch.no_grad()
def visit_patterns(network: Network, images: torch.Tensor, visit: Callable[[torch.Tensor], None]) -> None:
    """Call `visit` with the pattern of each ReLU, (N, d): 1 where its d neurons are positive on the N images, else 0.

    One ReLU after another in the order in which they run, so that no two patterns need be held at a time. The neurons
    of one ReLU are in the order of memory, whatever that is.
    """

    def hook(_relu: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        # The sign of max(x, 0) is 1 where x > 0 and 0 elsewhere, so the output tells the pattern even if the ReLU works
        # in place. Signs in the maps' own precision take a fifth of the time of comparing and converting.
        active = output.sign()
        if active.ndim == 4 and active.is_contiguous(memory_format=torch.channels_last):
            active = active.permute(0, 2, 3, 1)  # flat without a copy
        visit(active.flatten(1))

    with hooked((m for m in network.modules() if isinstance(m, nn.ReLU)), hook), fused():
        network.features(images)


def agreement(network: Network, images: torch.Tensor) -> torch.Tensor:
    """The activation kernel K, (N, N) float64, of images (N, 3, H, W): on how many neurons two images agree.

    With P = c·cᵀ of d neurons, whose diagonal counts the active ones, c·cᵀ + (1 − c)·(1 − c)ᵀ has the entries
    2·P_ij − P_ii − P_jj + d: one matrix product a ReLU. They are whole numbers, which float32 holds exactly as long as
    a ReLU has fewer than 2²⁴ neurons.
    """
    kernel = torch.zeros(len(images), len(images), dtype=torch.float64, device=images.device)

    def count(c: torch.Tensor) -> None:
        both = (c @ c.T).double()
        active = both.diagonal()
        kernel.add_(2 * both - active - active[:, None] + c.shape[1])

    visit_patterns(network, images, count)
    return kernel


def packed(patterns: torch.Tensor) -> torch.Tensor:
    """Rows of bits (n, b), 0 or 1, as words (n, ⌈b / 63⌉) int64: equal exactly where the rows are."""
    words = []
    for bits in patterns.split(WORD, dim=1):
        places = torch.arange(bits.shape[1], device=bits.device)
        words.append((bits.long() << places).sum(1))
    return torch.stack(words, 1)


def distinct(words: torch.Tensor) -> torch.Tensor:
    """The distinct rows of words (n, w), in any order."""
    # Sorting numbers is far faster than sorting rows.
    return words[:, 0].unique()[:, None] if words.shape[1] == 1 else words.unique(dim=0)

"""Activation patterns: which neurons are active on which images, and what proxies count of them."""

from collections.abc import Callable

import torch
from torch import nn

from proxies.hooks import hooked
from space import Network

WORD = 63  # bits of an int64 without its sign


@torch.no_grad()
def visit_patterns(network: Network, images: torch.Tensor, visit: Callable[[torch.Tensor], None]) -> None:
    """Call `visit` with the pattern of each ReLU, (N, d) bool: where its d neurons are positive on the N images.

    One ReLU after another in the order in which they run, so that no two patterns need be held at a time.
    """

    def hook(_relu: nn.Module, _inputs: object, output: torch.Tensor) -> None:
        # max(x, 0) > 0 exactly where x > 0, so the output tells the pattern even if the ReLU works in place.
        visit((output > 0).flatten(1))

    with hooked((m for m in network.modules() if isinstance(m, nn.ReLU)), hook):
        network.features(images)


def agreement(network: Network, images: torch.Tensor) -> torch.Tensor:
    """The activation kernel K, (N, N) float64, of images (N, 3, H, W): on how many neurons two images agree.

    With patterns S = ±1 of d neurons, c·cᵀ + (1 − c)·(1 − c)ᵀ = (S·Sᵀ + d)/2: one matrix product a ReLU. Its entries
    are whole numbers, which float32 holds exactly as long as a ReLU has fewer than 2²⁴ neurons.
    """
    kernel = torch.zeros(len(images), len(images), dtype=torch.float64, device=images.device)

    def count(pattern: torch.Tensor) -> None:
        signs = pattern.to(torch.float32).mul_(2).sub_(1)
        kernel.add_((signs @ signs.T + signs.shape[1]).double(), alpha=0.5)

    visit_patterns(network, images, count)
    return kernel


def packed(patterns: torch.Tensor) -> torch.Tensor:
    """Rows of bits (n, b) bool as words (n, ⌈b / 63⌉) int64: equal exactly where the rows are."""
    words = []
    for bits in patterns.split(WORD, dim=1):
        places = torch.arange(bits.shape[1], device=bits.device)
        words.append((bits.long() << places).sum(1))
    return torch.stack(words, 1)


def distinct(words: torch.Tensor) -> torch.Tensor:
    """The distinct rows of words (n, w), in any order."""
    # Sorting numbers is far faster than sorting rows.
    return words[:, 0].unique()[:, None] if words.shape[1] == 1 else words.unique(dim=0)

"""Shifts, mirroring, cutout and mixup of a whole batch on its device, with separate draws for each image.

Every function takes images (N, C, H, W) of any type and the generator to draw from, and does not change its input.
"""

import torch
import torch.nn.functional as F


def pad(images: torch.Tensor, padding: int, mode: str) -> torch.Tensor:
    """Add `padding` pixels on each side: zeros (mode "zero"), or the image mirrored at its edge ("reflect")."""
    if mode == "zero":
        return F.pad(images, (padding,) * 4)
    # By index, since some devices have reflection kernels for floats only. The edge pixel itself is not repeated.
    last = images.shape[-1] - 1
    index = last - (last - torch.arange(-padding, last + padding + 1, device=images.device).abs()).abs()
    return images[:, :, index[:, None], index]


def crop(images: torch.Tensor, padding: int, mode: str, generator: torch.Generator) -> torch.Tensor:
    """Shift square images by up to `padding` pixels (less than their side) each way; `pad` fills the free edge."""
    count, side = len(images), images.shape[-1]
    windows = pad(images, padding, mode).unfold(2, side, 1).unfold(3, side, 1)  # (N, C, 2p+1, 2p+1, H, W), a view
    top, left = torch.randint(2 * padding + 1, (2, count), generator=generator, device=images.device)
    return windows[torch.arange(count, device=images.device), :, top, left]


def flip(images: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Mirror images left to right, each with probability one half."""
    mirrored = torch.rand(len(images), generator=generator, device=images.device) < 0.5
    return torch.where(mirrored[:, None, None, None], images.flip(3), images)


def cutout(images: torch.Tensor, size: int, generator: torch.Generator) -> torch.Tensor:
    """Set a square of `size` × `size` pixels to 0; its centre is any pixel, so that it may reach over the edge."""
    side = images.shape[-1]
    start = torch.randint(side, (2, len(images), 1), generator=generator, device=images.device) - size // 2
    pixel = torch.arange(side, device=images.device)
    rows, columns = (pixel >= start) & (pixel < start + size)  # (N, side) each
    return images.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0)


def mixup(
    images: torch.Tensor, targets: torch.Tensor, share: float, generator: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Blend each image, and its target (N, classes), with those of another image drawn from the same batch.

    `share` is the weight of the image itself, from 0 to 1. Zhang et al., "mixup: Beyond Empirical Risk Minimization",
    ICLR 2018.
    """
    partner = torch.randperm(len(images), generator=generator, device=images.device)
    return share * images + (1 - share) * images[partner], share * targets + (1 - share) * targets[partner]

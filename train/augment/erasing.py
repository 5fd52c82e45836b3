"""Random erasing of a batch; each image draws its own rectangle."""

import torch
from torch import Tensor

TRIES = 10  # draws of a rectangle until one fits into the image, as in torchvision


def erase(
    images: Tensor,
    probability: float,
    area: tuple[float, float],
    ratio: tuple[float, float],
    generator: torch.Generator,
) -> Tensor:
    """Set a rectangle of each image (N, C, H, W) to 0, with a probability.

    The rectangle's area is uniform within `area` (fractions of the image), its height divided by its width log-uniform
    within `ratio`, its place uniform. If none of `TRIES` draws is smaller than the image in both directions, nothing is
    erased. `generator` belongs to the CPU.
    """
    count, _, height, width = images.shape

    def uniform(low: float, high: float) -> Tensor:
        return torch.empty(count, TRIES).uniform_(low, high, generator=generator)

    pixels = height * width * uniform(*area)
    aspect = uniform(*torch.tensor(ratio).log().tolist()).exp()
    high, wide = (pixels * aspect).sqrt().round(), (pixels / aspect).sqrt().round()
    fits = (high < height) & (wide < width)
    first = fits.int().argmax(1, keepdim=True)  # the first that fits
    high, wide = high.gather(1, first), wide.gather(1, first)
    chance, down, across = torch.rand(3, count, 1, generator=generator)
    erased = (chance < probability) & fits.any(1, keepdim=True)
    top, left = (down * (height - high + 1)).floor(), (across * (width - wide + 1)).floor()
    place = torch.stack([torch.where(erased, top, height), top + high, left, left + wide])  # (4, N, 1)
    top, bottom, left, right = place.to(images.device, non_blocking=True)
    y, x = torch.arange(height, device=images.device), torch.arange(width, device=images.device)
    rows, columns = (y >= top) & (y < bottom), (x >= left) & (x < right)  # (N, H), (N, W)
    return images.masked_fill((rows[:, :, None] & columns[:, None, :])[:, None], 0)

"""The image operations of AutoAugment, for a batch in which every image has a magnitude of its own.

Cubuk et al., "AutoAugment: Learning Augmentation Strategies from Data", CVPR 2019, table 6. Every one takes images
(n, 3, H, W) uint8, H and W above 2, and magnitudes (n,) float32 on the same device, and gives images (n, 3, H, W) uint8
there. It does not change its input, never waits for the device, and gives, bit for bit, what torchvision's AutoAugment
gives for a tensor of each image. Call them outside autocast, which would round coordinates.
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

Operation = Callable[[Tensor, Tensor], Tensor]


def warp(images: Tensor, matrix: Tensor) -> Tensor:
    """Images whose pixel at (x, y) is the one nearest to `matrix` · (x, y, 1) in the input; black if that is outside.

    matrix: (n, 2, 3) float64, in pixels to the right of and below the centre of the image.
    """
    height, width = images.shape[2:]
    x = torch.arange(width, dtype=torch.float32, device=images.device) - (width - 1) / 2
    y = torch.arange(height, dtype=torch.float32, device=images.device) - (height - 1) / 2
    x, y = x.expand(height, width), y[:, None].expand(height, width)
    pixels = torch.stack([x, y, torch.ones_like(x)], 2).flatten(0, 1)  # (HW, 3)
    # For grid_sample the edges of an image are at ±1. Shears by simple fractions point halfway between two pixels, and
    # rounding decides which is nearest: so float32 and the order of steps (scaling first) are those of torchvision.
    across, down = matrix.float().unbind(1)
    scaled = torch.stack([across / (width / 2), down / (height / 2)], 2)  # (n, 3, 2)
    grid = torch.bmm(pixels.expand(len(images), -1, -1), scaled).unflatten(1, (height, width))
    return F.grid_sample(images.float(), grid, mode="nearest", align_corners=False).to(torch.uint8)


def _identity(magnitude: Tensor) -> Tensor:
    """The matrices (n, 2, 3) for `warp` that change nothing."""
    return torch.eye(2, 3, dtype=torch.float64, device=magnitude.device).repeat(len(magnitude), 1, 1)


def shear_x(images: Tensor, magnitude: Tensor) -> Tensor:
    """Every row moved to the left by `magnitude` × its distance from the top edge."""
    matrix = _identity(magnitude)
    matrix[:, 0, 1] = magnitude
    matrix[:, 0, 2] = magnitude.double() * (images.shape[2] / 2)
    return warp(images, matrix)


def shear_y(images: Tensor, magnitude: Tensor) -> Tensor:
    """Every column moved up by `magnitude` × its distance from the left edge."""
    matrix = _identity(magnitude)
    matrix[:, 1, 0] = magnitude
    matrix[:, 1, 2] = magnitude.double() * (images.shape[3] / 2)
    return warp(images, matrix)


def translate_x(images: Tensor, magnitude: Tensor) -> Tensor:
    """Images moved to the right by the whole part of `magnitude`, in pixels."""
    matrix = _identity(magnitude)
    matrix[:, 0, 2] = -magnitude.trunc()
    return warp(images, matrix)


def translate_y(images: Tensor, magnitude: Tensor) -> Tensor:
    """Images moved down by the whole part of `magnitude`, in pixels."""
    matrix = _identity(magnitude)
    matrix[:, 1, 2] = -magnitude.trunc()
    return warp(images, matrix)


def rotate(images: Tensor, magnitude: Tensor) -> Tensor:
    """Images turned about their centre by `magnitude` degrees, counter-clockwise."""
    angle = magnitude.double().deg2rad()
    matrix = _identity(magnitude)
    matrix[:, 0, 0] = matrix[:, 1, 1] = angle.cos()
    matrix[:, 0, 1] = -angle.sin()
    matrix[:, 1, 0] = angle.sin()
    return warp(images, matrix)


def _per_image(values: Tensor) -> Tensor:
    return values[:, None, None, None]


def _enhanced(images: Tensor, dull: Tensor, magnitude: Tensor) -> Tensor:
    """Images (1 + `magnitude`) times as far from their `dull` counterparts, which broadcast against them."""
    mixed = _per_image(1 + magnitude) * images
    mixed -= _per_image(magnitude) * dull
    return mixed.clamp_(0, 255).to(torch.uint8)


def _grey(images: Tensor) -> Tensor:
    """Luminance (n, 1, H, W) uint8, with the weights of ITU-R BT.601."""
    red, green, blue = images.split(1, 1)
    return (0.2989 * red + 0.587 * green + 0.114 * blue).to(torch.uint8)


def brightness(images: Tensor, magnitude: Tensor) -> Tensor:
    """Images away from black: brighter for positive magnitudes, darker for negative ones."""
    return (_per_image(1 + magnitude) * images).clamp_(0, 255).to(torch.uint8)


def color(images: Tensor, magnitude: Tensor) -> Tensor:
    """Images away from their grey version: more, or less, saturated."""
    return _enhanced(images, _grey(images), magnitude)


def contrast(images: Tensor, magnitude: Tensor) -> Tensor:
    """Images away from an even grey, the mean of their luminance."""
    return _enhanced(images, _grey(images).float().mean((1, 2, 3), keepdim=True), magnitude)


def sharpness(images: Tensor, magnitude: Tensor) -> Tensor:
    """Images away from a blurred version: sharper, or softer.

    The blur is the mean of 3 × 3 pixels of which the middle one counts five times; pixels at the edge stay as they are.
    """
    wide = images.to(torch.int16)
    sums = wide[:, :, :-2] + wide[:, :, 1:-1] + wide[:, :, 2:]
    sums = sums[..., :-2] + sums[..., 1:-1] + sums[..., 2:] + 4 * wide[:, :, 1:-1, 1:-1]
    blurred = images.clone()
    blurred[:, :, 1:-1, 1:-1] = (sums / 13).round_()  # no ties: 13 is odd
    return _enhanced(images, blurred, magnitude)


def posterize(images: Tensor, magnitude: Tensor) -> Tensor:
    """Pixels with the whole part of `magnitude` (0 to 8) as their number of bits, the others cleared."""
    dropped = 8 - magnitude.to(torch.int32)
    return images & _per_image(255 << dropped).to(torch.uint8)  # uint8 drops the bits above the eighth


def solarize(images: Tensor, magnitude: Tensor) -> Tensor:
    """Pixels from `magnitude` on inverted."""
    return torch.where(images >= _per_image(magnitude), ~images, images)


def auto_contrast(images: Tensor, magnitude: Tensor) -> Tensor:
    """Every channel stretched to run from 0 to 255, unless it has one value only."""
    low, high = images.amin((2, 3), keepdim=True).float(), images.amax((2, 3), keepdim=True).float()
    even = low == high
    scale = (255 / (high - low)).masked_fill_(even, 1)
    return ((images - low.masked_fill_(even, 0)) * scale).clamp_(0, 255).to(torch.uint8)


def equalize(images: Tensor, magnitude: Tensor) -> Tensor:
    """Every channel with its values spread so that each range of them holds about as many pixels.

    As in PIL: a value becomes the number of pixels below it, in steps of a 255th of the pixels that do not have the
    highest value. A channel with too few of those for a step stays as it is.
    """
    values = images.flatten(2).long()  # (n, 3, HW)
    counts = values.new_zeros((*values.shape[:2], 256)).scatter_add_(2, values, torch.ones_like(values))
    highest = values.amax(2, keepdim=True)
    step = (values.shape[2] - counts.gather(2, highest)) // 255
    below = counts.cumsum(2) - counts
    table = (below + step // 2) // step.clamp(min=1)
    table = torch.where(step > 0, table.clamp_(max=255), torch.arange(256, device=images.device))
    return table.to(torch.uint8).gather(2, values).view_as(images)


def invert(images: Tensor, magnitude: Tensor) -> Tensor:
    """Every value v replaced by 255 - v."""
    return ~images


OPERATIONS: dict[str, Operation] = {
    "ShearX": shear_x,
    "ShearY": shear_y,
    "TranslateX": translate_x,
    "TranslateY": translate_y,
    "Rotate": rotate,
    "Brightness": brightness,
    "Color": color,
    "Contrast": contrast,
    "Sharpness": sharpness,
    "Posterize": posterize,
    "Solarize": solarize,
    "AutoContrast": auto_contrast,
    "Equalize": equalize,
    "Invert": invert,
}

"""Apply the augmentations of a recipe to a batch on its device, in their order."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from ..draws import draw_beta, make_generator
from ..recipe import Recipe
from . import basic
from .autoaugment import autoaugment
from .erasing import erase

# Smallest and largest; Zhong et al., "Random Erasing Data Augmentation", AAAI 2020.
ERASED_AREA = 0.02, 0.33  # fraction of the image
ERASED_RATIO = 0.3, 3.3  # height divided by width


@dataclass(frozen=True)
class Augmentation:
    """The augmentations of a recipe for one data set.

    `flip`: whether the data set allows mirroring; `mean` and `std` (3, 1, 1): of its pixels, on the device.
    """

    recipe: Recipe
    seed: int
    num_classes: int
    flip: bool
    mean: torch.Tensor
    std: torch.Tensor

    def __call__(
        self, images: torch.Tensor, labels: torch.Tensor, place: tuple[int, ...]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Turn images (N, 3, H, W) uint8 and labels (N,) into augmented, normalised images, float32, and targets.

        Targets are the labels, or with mixup probabilities (N, classes). All draws derive from the seed and `place`:
        epoch, step, part of the step.
        """
        recipe, side = self.recipe, images.shape[-1]
        draws = make_generator(self.seed, "augmentation", *place, device=images.device)
        if recipe.crop_pixels(side):
            images = basic.crop(images, recipe.crop_pixels(side), recipe.padding_mode, draws)
        if recipe.flip and self.flip:
            images = basic.flip(images, draws)
        if recipe.autoaugment:
            images = autoaugment(images, recipe.autoaugment, make_generator(self.seed, "autoaugment", *place))
        images = self.normalise(images)
        if recipe.cutout_pixels(side):
            images = basic.cutout(images, recipe.cutout_pixels(side), draws)
        if recipe.erasing:
            where = make_generator(self.seed, "erasing", *place)
            images = erase(images, recipe.erasing, ERASED_AREA, ERASED_RATIO, where)
        if not recipe.mixup:
            return images, labels
        share = draw_beta(recipe.mixup, self.seed, "mixup", *place)
        return basic.mixup(images, F.one_hot(labels, self.num_classes).float(), share, draws)

    def normalise(self, images: torch.Tensor) -> torch.Tensor:
        """Bring each channel of images (N, 3, H, W) uint8 to mean 0 and deviation 1, as float32, channels-last."""
        return ((images.float() - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

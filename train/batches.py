"""From raw images to what a network is trained on: a recipe's augmentations, applied to a batch on its device."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from . import augment
from .autoaugment import autoaugment
from .draws import beta, generator
from .erasing import erase
from .recipe import Recipe

ERASED_AREA = 0.02, 0.33  # of the image, least and most; Zhong et al., "Random Erasing Data Augmentation", AAAI 2020
ERASED_RATIO = 0.3, 3.3  # height to width


@dataclass(frozen=True)
class Augmentation:
    """A recipe's augmentation of one data set: `mean` and `std` (3, 1, 1) on its device, `flip` as it allows."""

    recipe: Recipe
    seed: int
    num_classes: int
    flip: bool
    mean: torch.Tensor
    std: torch.Tensor

    def __call__(
        self, images: torch.Tensor, labels: torch.Tensor, place: tuple[int, ...]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Of images (N, 3, H, W) uint8 and labels (N,): normalised images, float32, and targets.

        Targets are the labels, or with mixup probabilities (N, classes). All draws derive from the seed and `place`:
        epoch, step, part of the step.
        """
        recipe, side = self.recipe, images.shape[-1]
        draws = generator(self.seed, "augmentation", *place, device=images.device)
        if recipe.crop_pixels(side):
            images = augment.crop(images, recipe.crop_pixels(side), recipe.padding_mode, draws)
        if recipe.flip and self.flip:
            images = augment.flip(images, draws)
        if recipe.autoaugment:
            images = autoaugment(images, recipe.autoaugment, generator(self.seed, "autoaugment", *place))
        images = self.normalised(images)
        if recipe.cutout_pixels(side):
            images = augment.cutout(images, recipe.cutout_pixels(side), draws)
        if recipe.erasing:
            where = generator(self.seed, "erasing", *place)
            images = erase(images, recipe.erasing, ERASED_AREA, ERASED_RATIO, where)
        if not recipe.mixup:
            return images, labels
        share = beta(recipe.mixup, self.seed, "mixup", *place)
        return augment.mixup(images, F.one_hot(labels, self.num_classes).float(), share, draws)

    def normalised(self, images: torch.Tensor) -> torch.Tensor:
        """Images (N, 3, H, W) uint8 with mean 0 and standard deviation 1 a channel, float32, channels-last."""
        return ((images.float() - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

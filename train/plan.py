"""The plan of one training: everything that decides how it goes, and what follows from that."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from .. import space
from .data import Images
from .precision import check_precision
from .recipe import Recipe, RecipeError
from .reduced import narrow


@dataclass(frozen=True)
class TrainingPlan:
    """One training. Raises ValueError for a setting that is out of range.

    `epochs`: passes over the train images (None: the recipe's number). `evaluate_every`: measure the accuracy after
    each epoch whose number it divides (None: after the last epoch only). `precision`: a name of `PRECISIONS`, see
    `train.precision`. `compile`: compile the network with `torch.compile`. `checkpoint`: the file that the training is
    saved in and resumed from (None: it is not saved).
    """

    architecture: space.Architecture
    data: Images
    recipe: Recipe
    seed: int = 0
    epochs: int | None = None
    evaluate_every: int | None = None
    precision: str = "auto"
    compile: bool = False
    device: torch.device | str = "cpu"
    checkpoint: Path | None = None

    def __post_init__(self) -> None:
        if self.epoch_count < 1:
            raise ValueError(f"epochs must be at least 1, got {self.epoch_count}")
        if self.evaluate_every is not None and self.evaluate_every < 1:
            raise ValueError(f"evaluate_every must be at least 1 epoch, got {self.evaluate_every}")
        check_precision(self.precision)

    @property
    def epoch_count(self) -> int:
        """Number of epochs, the recipe's if the plan names none."""
        return self.recipe.epochs if self.epochs is None else self.epochs

    def evaluates(self, epoch: int) -> bool:
        """Whether the accuracy is measured after an epoch, counted from 1."""
        return epoch == self.epoch_count or (self.evaluate_every is not None and epoch % self.evaluate_every == 0)

    @property
    def part_size(self) -> int:
        """Images that go through the network together."""
        return self._batch // self.parts

    @property
    def parts(self) -> int:
        """Parts of a step."""
        return self.recipe.parts(self._batch)

    @property
    def batch_size(self) -> int:
        """Images of a step; a small set is one batch."""
        return self.part_size * self.parts

    @property
    def _batch(self) -> int:
        return min(self.recipe.batch_size, self.data.train_count)

    @property
    def steps(self) -> int:
        """Steps of an epoch. The last, partial batch is dropped: each of its few images would weigh more."""
        return self.data.train_count // self.batch_size

    @property
    def resolution(self) -> int:
        """Side of the images that the network is trained and tested on, in pixels."""
        return max(1, round(self.recipe.resolution * self.data.resolution))

    @property
    def network(self) -> dict[str, Any]:
        """The arguments of `space.build`, in plain values, the architecture as text."""
        return {
            "architecture": str(narrow(self.architecture, self.recipe.width)),
            "num_classes": self.data.num_classes,
        } | ({"squeeze": self.recipe.squeeze} if self.recipe.squeeze else {})

    def build(self) -> space.Network:
        """Build the network, without initialising its parameters.

        Raises RecipeError if the recipe changes networks in a way that is not defined for this architecture.
        """
        arguments = self.network
        try:
            # Seeded, for parameters of users' modules that no recipe fills.
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(self.seed)
                return space.build(space.parse(arguments.pop("architecture")), **arguments, initialise=False)
        except ValueError as error:
            raise RecipeError(str(error)) from None

    @cached_property
    def fingerprint(self) -> dict[str, Any]:
        """Plain values that are equal for two plans only if both describe the same training."""
        return {
            "architecture": str(self.architecture),
            "dataset": self.data.name,
            "images": [self.data.train_count, self.data.resolution],
            "content": self.data.checksum,
            "recipe": self.recipe.hyper_parameters,
            "epochs": self.epoch_count,
            "seed": self.seed,
            "precision": self.precision,
        }

    @property
    def preprocessing(self) -> dict[str, Any]:
        """How an image is prepared for the network, in plain values.

        Its shorter side is resized to `resize` pixels and the centre cropped to `resolution`. Then from each channel
        (values 0 to 255) `mean` is subtracted, and the result divided by `std`.
        """
        return {
            "resize": round(self.data.margin * self.resolution),
            "resolution": self.resolution,
            "mean": self.data.mean.tolist(),
            "std": self.data.std.tolist(),
        }

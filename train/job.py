"""What is to be trained, in plain values, and what comes of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import torch

from .. import space
from .recipe import Recipe, RecipeError
from .reduced import narrowed
from .training import Epoch, Status, Training


class Images(Protocol):
    """What a training has to know of a data set, wherever its images are."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def num_classes(self) -> int: ...  # noqa: D102
    @property
    def resolution(self) -> int: ...  # noqa: D102
    @property
    def flip(self) -> bool: ...  # noqa: D102
    @property
    def margin(self) -> float: ...  # noqa: D102
    @property
    def mean(self) -> torch.Tensor: ...  # noqa: D102
    @property
    def std(self) -> torch.Tensor: ...  # noqa: D102
    @property
    def checksum(self) -> int: ...  # noqa: D102
    @property
    def train_count(self) -> int: ...  # noqa: D102
    @property
    def test_count(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class Job:
    """One training."""

    architecture: space.Architecture
    data: Images
    recipe: Recipe
    seed: int
    epochs: int
    precision: str

    @property
    def part_size(self) -> int:
        """Images that go through the network together."""
        return self._batch // self.recipe.parts(self._batch)

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
        """Steps of an epoch. The last, partial batch is dropped: its few images would weigh more than others."""
        return self.data.train_count // self.batch_size

    @property
    def resolution(self) -> int:
        """Side of the images that the network is trained and tested on, in pixels."""
        return max(1, round(self.recipe.resolution * self.data.resolution))

    @property
    def network(self) -> dict[str, Any]:
        """What `space.build` makes the network from, in plain values."""
        return {
            "architecture": str(narrowed(self.architecture, self.recipe.width)),
            "num_classes": self.data.num_classes,
        } | ({"squeeze": self.recipe.squeeze} if self.recipe.squeeze else {})

    def build(self) -> space.Network:
        """The network, its parameters uninitialised."""
        given = self.network
        try:
            return space.build(**{**given, "architecture": space.parse(given["architecture"])}, initialise=False)
        except ValueError as error:  # what the recipe asks of the network is not defined for it
            raise RecipeError(str(error)) from None

    @cached_property
    def fingerprint(self) -> dict[str, Any]:
        """What makes this training the one it is, in plain values."""
        return {
            "architecture": str(self.architecture),
            "dataset": self.data.name,
            "images": [self.data.train_count, self.data.resolution],
            "content": self.data.checksum,
            "recipe": self.recipe.followed,
            "epochs": self.epochs,
            "seed": self.seed,
            "precision": self.precision,
        }

    @property
    def preprocessing(self) -> dict[str, Any]:
        """What an image goes through before the network sees it, in plain values.

        Its shorter side is resized to `resize` pixels, the centre cropped to `resolution`, and `mean` subtracted of a
        channel's values, 0 to 255, and the rest divided by `std`.
        """
        return {
            "resize": round(self.data.margin * self.resolution),
            "resolution": self.resolution,
            "mean": self.data.mean.tolist(),
            "std": self.data.std.tolist(),
        }

    def result(self, history: Sequence[Epoch], failure: str | None, device: str, precision: str) -> Training:
        """The training as it ended."""
        status: Status = "error" if failure else "ok"
        last = history[-1] if history else None
        if last and not last.finite:
            status, failure = "nan", f"epoch {last.epoch}: the loss is {last.loss}"
        elif last and last.accuracy is not None and math.isnan(last.accuracy):
            status, failure = "nan", f"epoch {last.epoch}: the logits of test images are not finite"
        seconds = sum(epoch.seconds for epoch in history)
        cost = space.cost(self.architecture, self.data.resolution, self.data.num_classes)
        return Training(
            accuracy=last.accuracy if last and status == "ok" else None,
            status=status,
            reason=failure,
            seconds=seconds,
            images_per_second=len(history) * self.steps * self.batch_size / seconds if seconds else 0.0,
            device=device,
            precision=precision,
            params=cost.params,
            macs=cost.macs,
            epochs=tuple(history),
            recipe=self.recipe.name,
            dataset=self.data.name,
            seed=self.seed,
        )

"""The second argument of a proxy: its batch, with a setting, images, labels and a source of random numbers."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Setting:
    """The conditions of one score. `resolution` is in pixels; `residual` says whether shortcuts are kept."""

    seed: int
    resolution: int
    batch_size: int
    num_classes: int
    residual: bool


@dataclass(frozen=True)
class Batch:
    """One batch: `images` (N, 3, H, W) in the declared precision, `labels` (N,) int64; each is None unless declared.

    The images for a module of one's own are (N, …), inputs of its shape. `generator`: the batch's own source of random
    numbers, on the CPU.
    """

    images: torch.Tensor
    labels: torch.Tensor
    setting: Setting
    generator: torch.Generator

    def noise(self) -> torch.Tensor:
        """Fresh N(0, 1) noise in the shape and the memory layout of the images."""
        made = draw_noise(self.images.shape, self.generator).to(self.images)
        return made.contiguous() if self.images.is_contiguous() else made


@dataclass(frozen=True)
class ImageSource:
    """Real images that scores may be computed on: `images` (N, 3, H, W) of any type, `labels` (N,) int64.

    `mean` and `std`, (3,) each, are those of the channels; drawn images are normalised by them.
    """

    name: str
    images: torch.Tensor
    labels: torch.Tensor
    mean: torch.Tensor
    std: torch.Tensor

    def draw(self, size: int, generator: torch.Generator, balanced: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        """Draw images (size, 3, H, W) float32 and their labels without replacement. ValueError if there are too few.

        `balanced`: draw the classes of the images by `draw_balanced_labels`.
        """
        return next(self.batches(1, size, generator, balanced))

    def batches(
        self, count: int, size: int, generator: torch.Generator, balanced: bool = False
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Yield `count` batches as `draw` does; no two of them have an image in common."""
        if count * size > len(self.images):
            raise ValueError(f"batch size {count * size} exceeds the {len(self.images)} images of {self.name!r}")
        left = torch.randperm(len(self.images), generator=generator)
        for _ in range(count):
            index = self._balanced(left, size, generator) if balanced else left[:size]
            left = left[~torch.isin(left, index)]
            images = (self.images[index].float() - self.mean[:, None, None]) / self.std[:, None, None]
            yield images.contiguous(memory_format=torch.channels_last), self.labels[index]

    def _balanced(self, left: torch.Tensor, size: int, generator: torch.Generator) -> torch.Tensor:
        """Indices (size,) of images: from each drawn class, the first ones among the indices `left`."""
        classes = self.labels.unique()
        wanted = classes[draw_balanced_labels(size, len(classes), generator)]
        index = torch.empty(size, dtype=torch.int64)
        for label in wanted.unique():
            places, found = wanted == label, left[self.labels[left] == label]
            count = int(places.sum())
            if len(found) < count:
                raise ValueError(f"class {int(label)} has {len(found)} images, a balanced batch needs {count}")
            index[places] = found[:count]
        return index


def draw_balanced_labels(size: int, num_classes: int, generator: torch.Generator) -> torch.Tensor:
    """Draw labels (size,) int64 of as many classes as possible, each at least twice, and all equally often.

    The classes and the order of the labels are drawn at random.
    """
    classes = torch.randperm(num_classes, generator=generator)[: max(1, min(num_classes, size // 2))]
    labels = classes.repeat(-(-size // len(classes)))[:size]
    return labels[torch.randperm(size, generator=generator)]


def draw_noise(shape: torch.Size | tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    """Draw N(0, 1) images (N, 3, H, W), channels last, or inputs (N, …) of another kind."""
    images = torch.randn(shape, generator=generator)
    return images.contiguous(memory_format=torch.channels_last) if images.ndim == 4 else images


def make_generator(*key: object) -> torch.Generator:
    """Make a generator whose state depends only on `key`.

    It is always on the CPU, so that a network has the same weights on every device.
    """
    digest = hashlib.sha256("|".join(map(str, key)).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)

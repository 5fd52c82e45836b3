"""The second argument of a proxy: a setting, images, labels, and a source of random numbers."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Setting:
    """The conditions of one score. `resolution` in pixels; `residual`: whether shortcuts are kept."""

    seed: int
    resolution: int
    batch_size: int
    num_classes: int
    residual: bool


@dataclass(frozen=True)
class Batch:
    """One batch: `images` (N, 3, H, W) in the declared precision, `labels` (N,) int64, each None unless declared.

    `generator` is the batch's own source of random numbers, on the CPU.
    """

    images: torch.Tensor
    labels: torch.Tensor
    setting: Setting
    generator: torch.Generator

    def noise(self) -> torch.Tensor:
        """Fresh N(0, 1) noise in the shape and the memory layout of the images."""
        made = noise(self.images.shape, self.generator).to(self.images)
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
        """Images (size, 3, H, W) float32 and labels, drawn without replacement; ValueError if there are too few.

        `balanced`: the classes of the images are those of `balanced_labels`.
        """
        return next(self.batches(1, size, generator, balanced))

    def batches(
        self, count: int, size: int, generator: torch.Generator, balanced: bool = False
    ) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """`count` batches as of `draw`; no two share an image."""
        if count * size > len(self.images):
            raise ValueError(f"batch size {count * size} exceeds the {len(self.images)} images of {self.name!r}")
        left = torch.randperm(len(self.images), generator=generator)
        for _ in range(count):
            index = self._balanced(left, size, generator) if balanced else left[:size]
            left = left[~torch.isin(left, index)]
            images = (self.images[index].float() - self.mean[:, None, None]) / self.std[:, None, None]
            yield images.contiguous(memory_format=torch.channels_last), self.labels[index]

    def _balanced(self, left: torch.Tensor, size: int, generator: torch.Generator) -> torch.Tensor:
        """Indices of `size` images: the first ones of each drawn class among the indices `left`."""
        classes = self.labels.unique()
        wanted = classes[balanced_labels(size, len(classes), generator)]
        index = torch.empty(size, dtype=torch.int64)
        for label in wanted.unique():
            places, found = wanted == label, left[self.labels[left] == label]
            count = int(places.sum())
            if len(found) < count:
                raise ValueError(f"class {int(label)} has {len(found)} images, a balanced batch needs {count}")
            index[places] = found[:count]
        return index


def balanced_labels(size: int, num_classes: int, generator: torch.Generator) -> torch.Tensor:
    """Labels (size,) int64, of as many classes as possible with two labels or more each; all classes equally often.

    The classes and the order of the labels are drawn at random.
    """
    classes = torch.randperm(num_classes, generator=generator)[: max(1, min(num_classes, size // 2))]
    labels = classes.repeat(-(-size // len(classes)))[:size]
    return labels[torch.randperm(size, generator=generator)]


def noise(shape: torch.Size | tuple[int, ...], generator: torch.Generator) -> torch.Tensor:
    """N(0, 1) images, channels last (N, 3, H, W)."""
    images = torch.randn(shape, generator=generator)
    return images.contiguous(memory_format=torch.channels_last)


def generator(*key: object) -> torch.Generator:
    """A CPU generator whose state depends on `key` only.

    Always on the CPU, so that a network has the same weights on every device.
    """
    digest = hashlib.sha256("|".join(map(str, key)).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1)

"""A data set in memory: labelled images, split into train and test."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import torch

IMAGES_AT_A_TIME = 4096  # as floats


@dataclass(frozen=True, eq=False)
class DataSet:
    """Images (N, 3, H, W) uint8 with labels (N,) int64 from 0 to `num_classes` − 1.

    The images are uint8 so that the whole set fits on the device that trains on it. `flip`: whether a mirrored image
    still shows its class. A mirrored digit does not: it is another symbol. `passed_over`: how many files, by their
    suffix, were of a kind that is not read.
    """

    name: str
    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    num_classes: int
    flip: bool = True
    passed_over: Mapping[str, int] = field(default_factory=dict)
    margin = 1.0  # test images are shown whole

    @property
    def resolution(self) -> int:
        """Side of the images, in pixels."""
        return self.train_images.shape[-1]

    @property
    def train_count(self) -> int:
        """Number of train images."""
        return len(self.train_labels)

    @property
    def test_count(self) -> int:
        """Number of test images."""
        return len(self.test_labels)

    @property
    def mean(self) -> torch.Tensor:
        """Mean of each channel over the train images, (3,) float32 on the scale 0 to 255."""
        return self._moments[0]

    @property
    def std(self) -> torch.Tensor:
        """Standard deviation of each channel over the train images, (3,) float32 on the scale 0 to 255."""
        return self._moments[1]

    @cached_property
    def checksum(self) -> int:
        """A number that differs if train images or labels differ (CRC-32); no protection against deliberate changes."""
        return zlib.crc32(self.train_labels.numpy().tobytes(), zlib.crc32(self.train_images.numpy().tobytes()))

    @cached_property
    def _moments(self) -> tuple[torch.Tensor, torch.Tensor]:
        count = self.train_images.numel() // 3
        chunks = self.train_images.split(IMAGES_AT_A_TIME)
        mean = torch.stack([chunk.double().sum((0, 2, 3)) for chunk in chunks]).sum(0) / count
        square = torch.stack([chunk.double().square().sum((0, 2, 3)) for chunk in chunks]).sum(0) / count
        # At least one grey level: a channel without contrast is centred, not divided by zero.
        return mean.float(), (square - mean.square()).clamp_min(1).sqrt().float()

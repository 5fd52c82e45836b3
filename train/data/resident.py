"""A data set whose images all lie on the device that trains on them."""

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F

from .base import Batch
from .dataset import DataSet

IMAGES_AT_A_TIME = 4096  # that are resized: as floats they take four times the memory


class ResidentImages:
    """The images of a data set on a device, resized to `resolution` pixels; gives batches as a stream of files does."""

    def __init__(self, data: DataSet, device: torch.device, resolution: int):
        self._train = _resize(data.train_images.to(device), resolution), data.train_labels.to(device)
        self._test = _resize(data.test_images.to(device), resolution), data.test_labels.to(device)

    def train_batches(self, batches: Sequence[torch.Tensor], seeds: Sequence[int]) -> Iterator[Batch]:
        """Yield the train images of each batch of indices. They are not cropped here, so `seeds` is not used."""
        images, labels = self._train
        for batch in batches:
            index = batch.to(images.device, non_blocking=True)
            yield images[index], labels[index]

    def test_batches(self, batches: Sequence[torch.Tensor]) -> Iterator[Batch]:
        """Yield the test images of each batch of indices."""
        images, labels = self._test
        for batch in batches:
            index = batch.to(images.device)
            yield images[index], labels[index]

    def close(self) -> None:
        """Do nothing: no process reads files."""


def _resize(images: torch.Tensor, side: int) -> torch.Tensor:
    if images.shape[-1] == side:
        return images
    chunks = images.split(IMAGES_AT_A_TIME)
    return torch.cat([F.interpolate(c.float(), (side, side), mode="area").round().to(torch.uint8) for c in chunks])

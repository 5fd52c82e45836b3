"""A data set that lives on the device which trains on it."""

from collections.abc import Iterator, Sequence

import torch
import torch.nn.functional as F

from .data import DataSet

CHUNK = 4096  # images resized at a time: as floats they take four times the memory
Batch = tuple[torch.Tensor, torch.Tensor]  # images (N, 3, H, W) uint8, labels (N,) int64


class Resident:
    """The images of a data set on a device, their side brought to `resolution`; read as a stream of files is."""

    def __init__(self, data: DataSet, device: torch.device, resolution: int):
        self._train = _resized(data.train_images.to(device), resolution), data.train_labels.to(device)
        self._test = _resized(data.test_images.to(device), resolution), data.test_labels.to(device)

    def train_batches(self, batches: Sequence[torch.Tensor], seeds: Sequence[int]) -> Iterator[Batch]:
        """The train images of each batch of indices; nothing is drawn, so `seeds` do not matter."""
        images, labels = self._train
        for batch in batches:
            index = batch.to(images.device, non_blocking=True)
            yield images[index], labels[index]

    def test_batches(self, batches: Sequence[torch.Tensor]) -> Iterator[Batch]:
        """The test images of each batch of indices."""
        images, labels = self._test
        for batch in batches:
            index = batch.to(images.device)
            yield images[index], labels[index]

    def close(self) -> None:
        """Nothing to end: there are no processes that read."""


def _resized(images: torch.Tensor, side: int) -> torch.Tensor:
    if images.shape[-1] == side:
        return images
    chunks = images.split(CHUNK)
    return torch.cat([F.interpolate(c.float(), (side, side), mode="area").round().to(torch.uint8) for c in chunks])

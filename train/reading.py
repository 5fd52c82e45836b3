"""The images of a data set as batches on their way to a device, wherever they come from."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import torch

from .data import DataSet
from .job import Images
from .resident import Resident
from .stream import ImageStream

Batch = tuple[torch.Tensor, torch.Tensor]  # images (N, 3, S, S) uint8, labels (N,) int64


class Reader(Protocol):
    """What gives batches; on a device or not yet."""

    def train_batches(self, batches: Sequence[torch.Tensor], seeds: Sequence[int]) -> Iterator[Batch]:
        """The train images of each batch of indices; what is drawn for them depends on the batch's seed."""

    def test_batches(self, batches: Sequence[torch.Tensor]) -> Iterator[Batch]:
        """The test images of each batch of indices."""

    def close(self) -> None:
        """End the processes that read, if there are any."""


def opened(data: Images, device: torch.device, resolution: int) -> Reader:
    """The images of a data set, their side brought to `resolution`: those in memory are put on the device."""
    if isinstance(data, ImageStream):
        return replace(data, resolution=resolution, pin_memory=device.type == "cuda")
    if isinstance(data, DataSet):
        return Resident(data, device, resolution)
    raise TypeError(f"cannot read images of {type(data).__name__}")

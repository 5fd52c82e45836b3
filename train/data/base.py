"""What a training asks of a data set, wherever its images are, and the error that says why one cannot be had."""

from collections.abc import Iterator, Sequence
from typing import Protocol

import torch

Batch = tuple[torch.Tensor, torch.Tensor]  # images (N, 3, S, S) uint8, labels (N,) int64


class DataError(ValueError):
    """A data set that cannot be had as asked for; the message is one line: the bad input and how to fix it."""


class RootMissingError(DataError):
    """A data set whose files lie in a folder, and no folder was named."""


class Images(Protocol):
    """What a training has to know of a data set. `DataSet` and `ImageStream` describe each property."""

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


class BatchSource(Protocol):
    """Gives the images of a data set in batches, which may or may not lie on the training's device yet."""

    def train_batches(self, batches: Sequence[torch.Tensor], seeds: Sequence[int]) -> Iterator[Batch]:
        """The train images of each batch of indices; random crops, if any, depend on the batch's seed."""

    def test_batches(self, batches: Sequence[torch.Tensor]) -> Iterator[Batch]:
        """The test images of each batch of indices."""

    def close(self) -> None:
        """End the processes that read files, if there are any."""

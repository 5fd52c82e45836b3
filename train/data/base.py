"""What a training needs from a data set, wherever its images are, and the errors of data sets."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

import torch

Batch = tuple[torch.Tensor, torch.Tensor]  # images (N, 3, S, S) uint8, labels (N,) int64


class DataError(ValueError):
    """A data set that cannot be read as asked for; the message is one line: what is wrong, and how to fix it."""


class RootMissingError(DataError):
    """A data set whose files lie in a folder, and no folder was named."""


class Images(Protocol):
    """What a training must know about a data set. `DataSet` and `ImageStream` describe each property."""

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
    @property
    def passed_over(self) -> Mapping[str, int]: ...  # noqa: D102


class BatchSource(Protocol):
    """A source of the images of a data set in batches, which need not be on the device of the training yet."""

    def train_batches(self, batches: Sequence[torch.Tensor], seeds: Sequence[int]) -> Iterator[Batch]:
        """Yield the train images of each batch of indices; random crops, if any, depend on the seed of the batch."""

    def test_batches(self, batches: Sequence[torch.Tensor]) -> Iterator[Batch]:
        """Yield the test images of each batch of indices."""

    def close(self) -> None:
        """End the processes that read files, if there are any."""

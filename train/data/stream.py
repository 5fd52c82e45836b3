"""A data set too large for memory: a tree of image files, which separate processes read in batches."""

import math
import os
import signal
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from ..draws import make_generator
from .base import Batch, DataError
from .files import Listing, open_rgb
from .sources import find_tree, list_tree
from .subset import subset

# Of each channel of ImageNet's train images, scaled to 0 to 1: the constants that all published networks use.
MEAN = 0.485, 0.456, 0.406
STD = 0.229, 0.224, 0.225
# The random resized crop of Szegedy et al., "Going deeper with convolutions", CVPR 2015, in torchvision's form.
AREA = 0.08, 1.0  # of the image
RATIO = 3 / 4, 4 / 3  # width to height
TRIES = 10  # draws of such a crop until one lies within the image
MARGIN = 256 / 224  # test images: their shorter side after resizing, divided by the side of the crop


class _Request(NamedTuple):
    """One batch that a process must read: random crops if there is a seed, test images if it is None."""

    files: list[str]
    labels: list[int]
    seed: int | None


@dataclass(frozen=True, eq=False)
class ImageStream:
    """A tree of image files, read in batches; the properties mean the same as those of `train.DataSet`.

    `train`, `test`: its files. `resolution`: side of the crops, in pixels. `readers`: processes that read files (0:
    this process reads), with one thread each; `prefetch`: batches that each keeps ready; `pin_memory`: put batches into
    page-locked memory, which a GPU copies from faster; `margin`: shorter side of the test images before they are
    cropped, divided by `resolution`. The processes start with the first batch and run until `close`.
    `dataclasses.replace` gives another stream of the same files.
    """

    name: str
    train: Listing
    test: Listing
    resolution: int = 224
    readers: int = 0
    prefetch: int = 2
    pin_memory: bool = False
    flip: bool = True
    margin: float = MARGIN

    @classmethod
    def from_tree(
        cls, root: str | Path, name: str = "imagenet", train_limit: int | None = None, **options: Any
    ) -> "ImageStream":
        """Make a stream of ROOT/train/CLASS/* and ROOT/val/CLASS/* (or test); `options` are the other fields.

        `train_limit` is that of `train.load`. If there is a val folder, ROOT/test is not used: ImageNet's has no
        labels. Raises DataError, one line that says what is wrong with the tree.
        """
        train, test = list_tree(name, find_tree(name, Path(root).expanduser().absolute()), ("val", "test"))
        chosen = subset(train.labels, train_limit)
        train = train._replace(files=[train.files[index] for index in chosen], labels=train.labels[chosen])
        return cls(name, train, test, **options)

    def __post_init__(self) -> None:
        for field, least in (("resolution", 1), ("readers", 0), ("prefetch", 1)):
            if getattr(self, field) < least:
                raise DataError(f"data set {self.name!r}: {field} must be at least {least}, got {getattr(self, field)}")

    @property
    def num_classes(self) -> int:
        """Number of class folders."""
        return len(self.train.classes)

    @property
    def train_count(self) -> int:
        """Number of train images."""
        return len(self.train.files)

    @property
    def test_count(self) -> int:
        """Number of test images."""
        return len(self.test.files)

    @property
    def passed_over(self) -> dict[str, int]:
        """Number of files of each suffix of a kind that is not read."""
        return dict(Counter(self.train.passed_over) + Counter(self.test.passed_over))

    @property
    def train_labels(self) -> torch.Tensor:
        """Labels (N,) int64 of the train images."""
        return torch.from_numpy(self.train.labels)

    @property
    def mean(self) -> torch.Tensor:
        """ImageNet's mean of each channel, (3,) float32 on the scale 0 to 255, also for other images."""
        return 255 * torch.tensor(MEAN)

    @property
    def std(self) -> torch.Tensor:
        """ImageNet's standard deviation of each channel, (3,) float32 on the scale 0 to 255."""
        return 255 * torch.tensor(STD)

    @cached_property
    def checksum(self) -> int:
        """A number that changes with the name, size or label of a file (CRC-32); the contents are not read."""
        files = [*self.train.files, *self.test.files]
        labels = [*self.train.labels.tolist(), *self.test.labels.tolist()]
        root = os.path.commonpath([self.train.files[0], self.test.files[0]])
        crc = 0
        for file, label in zip(files, labels, strict=True):
            crc = zlib.crc32(os.fsencode(f"{file.removeprefix(root)} {os.path.getsize(file)} {label}\n"), crc)
        return crc

    def train_batches(self, batches: Sequence[Sequence[int] | torch.Tensor], seeds: Sequence[int]) -> Iterator[Batch]:
        """Random crops of the train images of each batch of indices, resized to `resolution` (bilinear).

        The crop of an image depends only on its batch's seed and its position in the batch: not on what was read
        before, nor on the number of readers. Only one iterator works at a time: a new one ends the one before it.
        """
        chosen = zip(batches, seeds, strict=True)
        return self._readers.read([_request(self.train, batch, seed) for batch, seed in chosen])

    def test_batches(self, batches: Sequence[Sequence[int] | torch.Tensor]) -> Iterator[Batch]:
        """The test images of each batch of indices: shorter side 256/224 of `resolution` (bicubic), centre cropped."""
        return self._readers.read([_request(self.test, batch, None) for batch in batches])

    def close(self) -> None:
        """End the processes that read; they start again when more is read."""
        readers = vars(self).pop("_readers", None)
        if readers is not None:
            readers.close()

    def __enter__(self) -> "ImageStream":
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @cached_property
    def _readers(self) -> "_Readers":
        return _Readers(self.resolution, self.readers, self.prefetch, self.pin_memory)


def _request(listing: Listing, batch: Sequence[int] | torch.Tensor, seed: int | None) -> _Request:
    indices = torch.as_tensor(batch).tolist()
    return _Request([listing.files[index] for index in indices], listing.labels[indices].tolist(), seed)


class _Readers:
    """The processes that read files. They are kept from one epoch to the next, since starting them takes seconds."""

    def __init__(self, side: int, readers: int, prefetch: int, pin_memory: bool):
        self._requests: list[_Request] = []  # what the loader reads in its next iteration
        self._loader: DataLoader[Any] | None = DataLoader(
            _Files(side),
            batch_size=None,  # one item of the data set is a batch
            sampler=self._requests,
            num_workers=readers,
            persistent_workers=readers > 0,
            prefetch_factor=prefetch if readers else None,
            pin_memory=pin_memory,
            worker_init_fn=_ignore_signals,
            generator=torch.Generator(),  # without one it would draw its processes' seeds from the global generator
        )
        self._batches: Iterator[Any] | None = None
        self._turn = 0

    def read(self, requests: list[_Request]) -> Iterator[Batch]:
        """Yield the requested batches, in order."""
        if self._loader is None:
            raise RuntimeError("the stream was closed")
        self._turn += 1
        turn = self._turn
        self._requests[:] = requests
        # Kept here and not in the generator below, which a caller may keep: `close` ends the processes by dropping it.
        self._batches = iter(self._loader)
        return self._read(turn, len(requests))

    def _read(self, turn: int, count: int) -> Iterator[Batch]:
        for _ in range(count):
            if turn != self._turn or self._batches is None:
                raise RuntimeError("the stream was closed, or a newer reading of it has begun")
            batch = next(self._batches)
            if isinstance(batch, DataError):
                raise batch
            images, labels = batch
            yield images, labels

    def close(self) -> None:
        """End the processes."""
        self._batches = self._loader = None


class _Files(Dataset):
    """Reads the batch of a request. It holds no list of files, since each process would get a copy of that."""

    def __init__(self, side: int):
        self.side = side

    def __getitem__(self, request: _Request) -> Batch | DataError:
        images = torch.empty(len(request.files), 3, self.side, self.side, dtype=torch.uint8)
        try:
            for position, file in enumerate(request.files):
                images[position] = self._image(open_rgb(file), request.seed, position)
        except DataError as error:
            return error  # an exception would reach the other process wrapped in the traceback of this one
        return images, torch.tensor(request.labels, dtype=torch.int64)

    def _image(self, image: Image.Image, seed: int | None, position: int) -> torch.Tensor:
        # Imported here: torchvision takes as long to import as torch itself.
        from torchvision.transforms.v2 import InterpolationMode
        from torchvision.transforms.v2 import functional as F

        if seed is None:
            image = F.resize(image, [round(MARGIN * self.side)], InterpolationMode.BICUBIC)
            image = F.center_crop(image, [self.side, self.side])
        else:
            box = random_crop(*image.size, make_generator(seed, "resized crop", position))
            image = F.resized_crop(image, *box, [self.side, self.side], InterpolationMode.BILINEAR)
        return F.pil_to_tensor(image)


def random_crop(width: int, height: int, draws: torch.Generator) -> tuple[int, int, int, int]:
    """Draw a part of an image, in pixels: top, left, height, width.

    Its area is uniform within `AREA`, its ratio log-uniform within `RATIO`, its place uniform. If none of `TRIES` draws
    fits into the image, it is the largest part in the middle whose ratio is allowed.
    """

    def uniform(low: float, high: float) -> float:
        return torch.empty(1).uniform_(low, high, generator=draws).item()

    def integer(end: int) -> int:
        return int(torch.randint(end, (1,), generator=draws))

    for _ in range(TRIES):
        area = width * height * uniform(*AREA)
        ratio = math.exp(uniform(*map(math.log, RATIO)))
        across, down = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < across <= width and 0 < down <= height:
            return integer(height - down + 1), integer(width - across + 1), down, across
    least, most = RATIO
    across, down = min(width, max(1, round(height * most))), min(height, max(1, round(width / least)))
    return (height - down) // 2, (width - across) // 2, down, across


def _ignore_signals(worker: int) -> None:
    # A terminal or a scheduler sends a signal to all processes of a training at once. The parent decides when to end:
    # it may still need the batches in progress. A reader whose parent has died ends by itself.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)

"""A data set too large for memory: a tree of image files, read in batches by processes of their own."""

import math
import os
import signal
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import torch
from PIL import Image
from torch.utils.data import DataLoader, Dataset

from .draws import generator
from .images import DataError, Listing, opened
from .sources import tree_folder, tree_parts
from .subset import subset

Batch = tuple[torch.Tensor, torch.Tensor]  # images (N, 3, S, S) uint8, labels (N,) int64

# Of ImageNet's train images as numbers from 0 to 1, the constants that all published networks are trained with.
MEAN = 0.485, 0.456, 0.406
STD = 0.229, 0.224, 0.225
# The random resized crop of Szegedy et al., "Going deeper with convolutions", CVPR 2015, in torchvision's form.
AREA = 0.08, 1.0  # of the image
RATIO = 3 / 4, 4 / 3  # width to height
TRIES = 10  # to find such a crop within the image
MARGIN = 256 / 224  # test images: shorter side after resizing, as a multiple of the crop


class _Request(NamedTuple):
    """What a process shall read; with a seed as random crops, without as test images."""

    files: list[str]
    labels: list[int]
    seed: int | None


@dataclass(frozen=True, eq=False)
class ImageStream:
    """A tree of image files as batches; what else is known of a data set is as in `train.DataSet`.

    `train`, `test`: its files. `resolution`: side of the crops, in pixels. `workers`: processes that read (0: this
    one), of one thread each; `prefetch`: batches that each has ready; `pin_memory`: batches are put where a GPU copies
    from faster. The processes start with the first batch and last until `close`; `dataclasses.replace` gives another
    stream of the same files.
    """

    name: str
    train: Listing
    test: Listing
    resolution: int = 224
    workers: int = 0
    prefetch: int = 2
    pin_memory: bool = False
    flip: bool = True
    margin: float = MARGIN

    @classmethod
    def of(
        cls, root: str | Path, name: str = "imagenet", train_limit: int | None = None, **options: Any
    ) -> "ImageStream":
        """Of ROOT/train/CLASS/* and ROOT/val/CLASS/* (or test); `options` are the other fields.

        `train_limit`: as of `train.load`.

        Where there is a val folder, ROOT/test is left alone: ImageNet's has no labels. `DataError` says in one line
        what is wrong with the tree.
        """
        train, test = tree_parts(name, tree_folder(name, Path(root).expanduser().absolute()), ("val", "test"))
        chosen = subset(train.labels, train_limit)
        train = Listing(train.classes, [train.files[index] for index in chosen], train.labels[chosen])
        return cls(name, train, test, **options)

    def __post_init__(self) -> None:
        for field, least in (("resolution", 1), ("workers", 0), ("prefetch", 1)):
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
    def train_labels(self) -> torch.Tensor:
        """Labels (N,) int64 of the train images."""
        return torch.from_numpy(self.train.labels)

    @property
    def mean(self) -> torch.Tensor:
        """ImageNet's mean of each channel, (3,) float32 on the scale 0 to 255, whatever the images are."""
        return 255 * torch.tensor(MEAN)

    @property
    def std(self) -> torch.Tensor:
        """ImageNet's standard deviation of each channel, (3,) float32 on the scale 0 to 255."""
        return 255 * torch.tensor(STD)

    @cached_property
    def checksum(self) -> int:
        """A number that differs where a file has another name, size or label (CRC-32); their contents are not read."""
        files = [*self.train.files, *self.test.files]
        labels = [*self.train.labels.tolist(), *self.test.labels.tolist()]
        root = os.path.commonpath([self.train.files[0], self.test.files[0]])
        crc = 0
        for file, label in zip(files, labels, strict=True):
            crc = zlib.crc32(os.fsencode(f"{file.removeprefix(root)} {os.path.getsize(file)} {label}\n"), crc)
        return crc

    def train_batches(self, batches: Sequence[Sequence[int] | torch.Tensor], seeds: Sequence[int]) -> Iterator[Batch]:
        """Random crops of the train images of each batch of indices, resized to `resolution` (bilinear).

        The crop of an image depends on its batch's seed and its position there, and on nothing else: not on what was
        read before, nor on the number of workers. One reading at a time: a new one ends that before it.
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
        return _Readers(self.resolution, self.workers, self.prefetch, self.pin_memory)


def _request(listing: Listing, batch: Sequence[int] | torch.Tensor, seed: int | None) -> _Request:
    indices = torch.as_tensor(batch).tolist()
    return _Request([listing.files[index] for index in indices], listing.labels[indices].tolist(), seed)


class _Readers:
    """The processes that read, kept from one epoch to the next: to start them anew would take seconds each time."""

    def __init__(self, side: int, workers: int, prefetch: int, pin_memory: bool):
        self._requests: list[_Request] = []  # what the loader is to go through when it is asked next
        self._loader: DataLoader[Any] | None = DataLoader(
            _Files(side),
            batch_size=None,  # one item of the data set is a batch
            sampler=self._requests,
            num_workers=workers,
            persistent_workers=workers > 0,
            prefetch_factor=prefetch if workers else None,
            pin_memory=pin_memory,
            worker_init_fn=_ignore_signals,
            generator=torch.Generator(),  # it draws seeds for its processes, from the global generator if it has none
        )
        self._batches: Iterator[Any] | None = None
        self._turn = 0

    def read(self, requests: list[_Request]) -> Iterator[Batch]:
        """The batches asked for, in order."""
        if self._loader is None:
            raise RuntimeError("the stream was closed")
        self._turn += 1
        turn = self._turn
        self._requests[:] = requests
        # Kept here and not in the generator below, which its caller may hold on to: to close is to let go of it.
        self._batches = iter(self._loader)
        return self._read(turn, len(requests))

    def _read(self, turn: int, count: int) -> Iterator[Batch]:
        for _ in range(count):
            if turn != self._turn or self._batches is None:
                raise RuntimeError("the stream was closed, or another reading of it has begun")
            batch = next(self._batches)
            if isinstance(batch, DataError):
                raise batch
            images, labels = batch
            yield images, labels

    def close(self) -> None:
        """End the processes."""
        self._batches = self._loader = None


class _Files(Dataset):
    """The batch of a request; it holds no list of files, of which each process would have a copy."""

    def __init__(self, side: int):
        self.side = side

    def __getitem__(self, request: _Request) -> Batch | DataError:
        images = torch.empty(len(request.files), 3, self.side, self.side, dtype=torch.uint8)
        try:
            for position, file in enumerate(request.files):
                images[position] = self._image(opened(file), request.seed, position)
        except DataError as error:
            return error  # raised here, it would reach the other process wrapped in this one's traceback
        return images, torch.tensor(request.labels, dtype=torch.int64)

    def _image(self, image: Image.Image, seed: int | None, position: int) -> torch.Tensor:
        # At first use: torchvision takes as long to import as torch itself.
        from torchvision.transforms.v2 import InterpolationMode
        from torchvision.transforms.v2 import functional as F

        if seed is None:
            image = F.resize(image, [round(MARGIN * self.side)], InterpolationMode.BICUBIC)
            image = F.center_crop(image, [self.side, self.side])
        else:
            box = random_crop(*image.size, generator(seed, "resized crop", position))
            image = F.resized_crop(image, *box, [self.side, self.side], InterpolationMode.BILINEAR)
        return F.pil_to_tensor(image)


def random_crop(width: int, height: int, draws: torch.Generator) -> tuple[int, int, int, int]:
    """A part of an image, in pixels: top, left, height, width.

    Its area is uniform within `AREA`, its ratio log-uniform within `RATIO`, its place uniform. Where no try fits, it is
    the largest part in the middle whose ratio is allowed.
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
    # Whoever stops a training signals all its processes at once. The parent decides when to end: it may want the
    # batches under way. A reader whose parent has died ends by itself. (Its one thread is the DataLoader's doing.)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)

"""The data sets by name: labelled images, split into train and test.

All but ImageNet are kept in memory, as uint8, so that a whole set fits on the device that trains on it.
"""

import os
import zlib
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import NamedTuple

import torch

from .cache import ARRAYS, Arrays, cached, stamp
from .images import DataError
from .sources import Reader, Splits, cifar, digits, download_cifar, files, imagefolder
from .stream import ImageStream

MAX_RESOLUTION = 1024  # pixels
CHUNK = 4096  # images turned to floats at a time
STREAM_RESOLUTION = 224
MAX_WORKERS = 16  # processes that read files, unless more are asked for
CACHE_VERSION = 1  # raise it whenever files are decoded differently


@dataclass(frozen=True, eq=False)
class DataSet:
    """Images (N, 3, H, W) uint8 with labels (N,) int64 from 0 to `num_classes` − 1.

    `flip`: whether a mirrored image still shows its class. Not so for digits: a mirrored one is another symbol.
    """

    name: str
    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    num_classes: int
    flip: bool = True
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
        """A number that differs where the train images or labels do (CRC-32); it is no safeguard against intent."""
        return zlib.crc32(self.train_labels.numpy().tobytes(), zlib.crc32(self.train_images.numpy().tobytes()))

    @cached_property
    def _moments(self) -> tuple[torch.Tensor, torch.Tensor]:
        count = self.train_images.numel() // 3
        chunks = self.train_images.split(CHUNK)
        mean = torch.stack([chunk.double().sum((0, 2, 3)) for chunk in chunks]).sum(0) / count
        square = torch.stack([chunk.double().square().sum((0, 2, 3)) for chunk in chunks]).sum(0) / count
        # At least one grey level: a channel without contrast is centred, not divided by zero.
        return mean.float(), (square - mean.square()).clamp_min(1).sqrt().float()


class Known(NamedTuple):
    """A data set that can be loaded: what it is, how it is read, its side in pixels, whether it may be mirrored."""

    description: str
    read: Reader
    resolution: int
    flip: bool


KNOWN: dict[str, Known] = {
    "digits": Known(
        "scikit-learn's 1,797 handwritten digits, 10 classes, 1,297 train and 500 test; nothing to download",
        digits,
        resolution=16,
        flip=False,
    ),
    "cifar10": Known("CIFAR-10, 32×32, 10 classes, 50,000 train and 10,000 test images", cifar, 32, flip=True),
    "cifar100": Known("CIFAR-100, 32×32, 100 classes, 50,000 train and 10,000 test images", cifar, 32, flip=True),
    "imagefolder": Known(
        "your own images: train/CLASS/* and test/CLASS/* (or val/CLASS/*)", imagefolder, 32, flip=True
    ),
}
STREAMED: dict[str, str] = {
    "imagenet": "ImageNet or any tree like it, 224×224: train/CLASS/* and val/CLASS/*, read from its files as it trains"
}
DATASETS: dict[str, str] = {name: known.description for name, known in KNOWN.items()} | STREAMED


def open_images(
    name: str,
    root: str | Path | None = None,
    resolution: int | None = None,
    train_limit: int | None = None,
    download: bool = False,
    workers: int | None = None,
) -> DataSet | ImageStream:
    """The images of a data set to train on; arguments as of `load`, which those in memory come from.

    `workers`: processes that read and crop the files of one that is not (None: as many as there are cores, at most 16).
    """
    if name not in STREAMED:
        return load(name, root, resolution, train_limit, download)
    _check(resolution, train_limit)
    if download:
        raise DataError(f"data set {name!r} cannot be downloaded: it is given out to registered users only")
    if root is None:
        raise DataError(f"data set {name!r} needs --data-root: a folder with train/CLASS/* and val/CLASS/*")
    return replace(
        _stream(name, Path(root).expanduser().absolute(), train_limit),
        resolution=STREAM_RESOLUTION if resolution is None else resolution,
        workers=min(MAX_WORKERS, os.cpu_count() or 1) if workers is None else workers,
    )


# To list the files of ImageNet takes many seconds. What is computed from them is the object's own.
@lru_cache(maxsize=2)
def _stream(name: str, root: Path, train_limit: int | None) -> ImageStream:
    return ImageStream.of(root, name, train_limit)


def load(
    name: str,
    root: str | Path | None = None,
    resolution: int | None = None,
    train_limit: int | None = None,
    download: bool = False,
) -> DataSet:
    """The data set of a name.

    `root`: the folder of its files (digits need none); `resolution`: side in pixels (None: the data set's own);
    `train_limit`: keep at most that many train images, a class-balanced subset that is the same each time; `download`:
    fetch CIFAR into `root` if it is not there. Loaded sets are kept for the life of the process, and decoded files in
    the cache (`train.cache`) as long as they do not change. `DataError` says in one line what is wrong with the input.
    """
    if name in STREAMED:
        raise DataError(f"data set {name!r} is not kept in memory: it can be trained on, but nothing is scored on it")
    if name not in KNOWN:
        raise DataError(f"unknown data set {name!r}; there are: {', '.join(DATASETS)}")
    _check(resolution, train_limit)
    side = KNOWN[name].resolution if resolution is None else resolution
    place = None if root is None else Path(root).expanduser().absolute()
    if download:
        download_cifar(name, place)
    return _load(name, place, side, train_limit)


def _check(resolution: int | None, train_limit: int | None) -> None:
    if resolution is not None and not 1 <= resolution <= MAX_RESOLUTION:
        raise DataError(f"resolution must be from 1 to {MAX_RESOLUTION} pixels, got {resolution}")
    if train_limit is not None and train_limit < 1:
        raise DataError(f"train_limit must be at least 1 image, got {train_limit}")


@lru_cache(maxsize=4)
def _load(name: str, root: Path | None, side: int, limit: int | None) -> DataSet:
    known = KNOWN[name]
    folders = files(name, root)
    if not folders:
        return _data_set(name, known.read(name, root, side, limit))

    def make() -> Arrays:
        data = _data_set(name, known.read(name, root, side, limit))
        about = {"num_classes": data.num_classes, "checksum": data.checksum}
        moments = {"mean": data.mean.tolist(), "std": data.std.tolist()}
        return Arrays(**{name: getattr(data, name) for name in ARRAYS}, about={**about, **moments})

    key = {"version": CACHE_VERSION, "name": name, "side": side, "limit": limit, "files": stamp(folders)}
    arrays = cached(key, make)
    about = arrays.about
    data = DataSet(name, *arrays[:4], about["num_classes"], known.flip)
    # To compute them again would take as long as all else. They are this object's: a changed copy has its own.
    vars(data).update(checksum=about["checksum"], _moments=(torch.tensor(about["mean"]), torch.tensor(about["std"])))
    return data


def _data_set(name: str, splits: Splits) -> DataSet:
    train, test, num_classes = splits
    return DataSet(name, train.images, train.labels, test.images, test.labels, num_classes, KNOWN[name].flip)

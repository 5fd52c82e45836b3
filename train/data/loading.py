"""Get a data set by its name: `load` for those kept in memory, `open_images` for these and ImageNet."""

import os
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import torch

from ...names import unknown_name
from .base import DataError, RootMissingError
from .cache import ARRAYS, Arrays, hash_files, load_or_make
from .dataset import DataSet
from .sources import ReadSplits, Splits, download_cifar, find_folders, read_cifar, read_digits, read_imagefolder
from .stream import ImageStream

MAX_RESOLUTION = 1024  # pixels
STREAM_RESOLUTION = 224  # pixels
MAX_READERS = 16  # processes that read files, unless more are asked for
CACHE_VERSION = 2  # raise it whenever files are decoded differently


class Known(NamedTuple):
    """A data set that can be loaded into memory."""

    description: str
    read: ReadSplits
    resolution: int  # side of its images, in pixels
    flip: bool  # whether a mirrored image still shows its class


KNOWN: dict[str, Known] = {
    "digits": Known(
        "scikit-learn's 1,797 handwritten digits, 10 classes, 1,297 train and 500 test; nothing to download",
        read_digits,
        resolution=16,
        flip=False,
    ),
    "cifar10": Known("CIFAR-10, 32×32, 10 classes, 50,000 train and 10,000 test images", read_cifar, 32, flip=True),
    "cifar100": Known("CIFAR-100, 32×32, 100 classes, 50,000 train and 10,000 test images", read_cifar, 32, flip=True),
    "imagefolder": Known(
        "your own images: train/CLASS/* and test/CLASS/* (or val/CLASS/*)", read_imagefolder, 32, flip=True
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
    readers: int | None = None,
) -> DataSet | ImageStream:
    """The images of a data set to train on: in memory, as `load` gives them, or for ImageNet a stream of files.

    The first five arguments are those of `load`. `readers`: processes that read and crop the files of a stream (None:
    one for each core, at most 16). Raises DataError.
    """
    if name not in STREAMED:
        return load(name, root, resolution, train_limit, download)
    _check(resolution, train_limit)
    if download:
        raise DataError(f"data set {name!r} cannot be downloaded: only registered users can get it from its publishers")
    if root is None:
        raise RootMissingError(f"data set {name!r} needs a data root: a folder with train/CLASS/* and val/CLASS/*")
    return replace(
        _stream(name, Path(root).expanduser().absolute(), train_limit),
        resolution=STREAM_RESOLUTION if resolution is None else resolution,
        readers=min(MAX_READERS, os.cpu_count() or 1) if readers is None else readers,
    )


# Listing the files of ImageNet takes many seconds. Each caller gets a copy, so nobody changes the object kept here.
@lru_cache(maxsize=2)
def _stream(name: str, root: Path, train_limit: int | None) -> ImageStream:
    return ImageStream.from_tree(root, name, train_limit)


def load(
    name: str,
    root: str | Path | None = None,
    resolution: int | None = None,
    train_limit: int | None = None,
    download: bool = False,
) -> DataSet:
    """Load a data set of `DATASETS` into memory.

    `root`: the folder of its files (digits need none); `resolution`: side in pixels (None: the data set's own);
    `train_limit`: keep at most that many train images, a class-balanced subset that is the same each time; `download`:
    fetch CIFAR into `root` if it is not there. A loaded set is kept until the process ends. Decoded files are cached on
    disk (`train.data.cache`) until the files change. Raises DataError, one line that says what is wrong with the input.
    """
    if name in STREAMED:
        raise DataError(f"data set {name!r} is too large to load into memory: use it for training only, not for scores")
    if name not in KNOWN:
        raise DataError(unknown_name("data set", name, DATASETS))
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
    folders = find_folders(name, root)
    if not folders:
        return _data_set(name, known.read(name, root, side, limit))

    def make() -> Arrays:
        data = _data_set(name, known.read(name, root, side, limit))
        about = {"num_classes": data.num_classes, "checksum": data.checksum, "passed_over": data.passed_over}
        moments = {"mean": data.mean.tolist(), "std": data.std.tolist()}
        return Arrays(**{name: getattr(data, name) for name in ARRAYS}, about={**about, **moments})

    key = {"version": CACHE_VERSION, "name": name, "side": side, "limit": limit, "files": hash_files(folders)}
    arrays = load_or_make(key, make)
    about = arrays.about
    data = DataSet(name, *arrays[:4], about["num_classes"], known.flip, about["passed_over"])
    # Computing them again would take as long as all other steps. `dataclasses.replace` does not copy them.
    vars(data).update(checksum=about["checksum"], _moments=(torch.tensor(about["mean"]), torch.tensor(about["std"])))
    return data


def _data_set(name: str, splits: Splits) -> DataSet:
    arrays = *splits.train, *splits.test
    return DataSet(name, *arrays, splits.num_classes, KNOWN[name].flip, splits.passed_over)

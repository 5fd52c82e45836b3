"""Read the data sets: scikit-learn's digits, CIFAR as published or as image files, trees of image files."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from .base import DataError, RootMissingError
from .files import Listing, decode, list_images
from .subset import balanced_order, subset
from .tiny_imagenet import is_annotated, list_annotated

DIGITS_TEST = 500  # of 1,797 images
CIFAR_SIDE = 32  # pixels, of the published images
CIFAR_FOLDERS = {"cifar10": "cifar-10-batches-py", "cifar100": "cifar-100-python"}  # of the published files
IMAGES_AT_A_TIME = 4096  # that are resized: as floats they take four times the memory


class Split(NamedTuple):
    """Images (N, 3, H, W) uint8 and labels (N,) int64."""

    images: torch.Tensor
    labels: torch.Tensor


class Splits(NamedTuple):
    """A whole data set."""

    train: Split
    test: Split
    num_classes: int
    passed_over: Mapping[str, int] = {}  # files by suffix, of kinds that are not read


ReadSplits = Callable[[str, Path | None, int, int | None], Splits]  # takes name, root, side, train_limit


def read_digits(name: str, root: Path | None, side: int, limit: int | None) -> Splits:
    """Read scikit-learn's 8×8 digits, grey repeated on three channels and resized to `side`; `root` is not used."""
    from sklearn.datasets import load_digits  # imported here: it takes a second, and no other data set needs it

    pixels, targets = load_digits(return_X_y=True)
    grey = torch.from_numpy(pixels).float().reshape(-1, 1, 8, 8) * (255 / 16)
    images = F.interpolate(grey, size=(side, side), mode="bilinear").round().to(torch.uint8).repeat(1, 3, 1, 1)
    order = balanced_order(targets)
    test, train = np.sort(order[:DIGITS_TEST]), np.sort(order[DIGITS_TEST:])
    train = train[subset(targets[train], limit)]
    labels = torch.from_numpy(targets.astype(np.int64))
    return Splits(Split(images[train], labels[train]), Split(images[test], labels[test]), len(np.unique(targets)))


def read_cifar(name: str, root: Path | None, side: int, limit: int | None) -> Splits:
    """Read CIFAR from the published Python files or from a tree of image files, resized if `side` is not 32."""
    archive = _archive(name)
    layout = f"{archive.base_folder} or train/CLASS/*.png"
    for folder in _candidate_folders(name, root, layout):
        if (folder / archive.base_folder).is_dir():
            splits = _read_published(name, folder, limit)
        elif (folder / "train").is_dir():
            splits = _read_tree(name, folder, CIFAR_SIDE, limit, num_classes=int(name.removeprefix("cifar")))
        else:
            continue
        train, test = (Split(_resize(split.images, side), split.labels) for split in (splits.train, splits.test))
        return Splits(train, test, splits.num_classes, splits.passed_over)
    raise DataError(f"data set {name!r}: {root} has no {layout}; unpack the data set there")


def read_imagefolder(name: str, root: Path | None, side: int, limit: int | None) -> Splits:
    """Read a tree train/CLASS/* and test/CLASS/* (or val/CLASS/*); shorter side resized to `side`, centre cropped."""
    return _read_tree(name, find_tree(name, root), side, limit)


def find_tree(name: str, root: Path | None) -> Path:
    """Find the tree of image files: in `root`, or in the folder there that has the data set's name."""
    layout = "train/CLASS/*.png and test/CLASS/*.png"
    for folder in _candidate_folders(name, root, layout):
        if (folder / "train").is_dir():
            return folder
    raise DataError(f"data set {name!r}: {root} has no {layout}")


def list_tree(name: str, folder: Path, held_out: tuple[str, str] = ("test", "val")) -> tuple[Listing, Listing]:
    """List the train files of a tree, and the test files: those of the first folder of `held_out` that exists.

    If those of val are listed in a file, as in Tiny ImageNet, they are the test files: its test images have no labels.
    Raises DataError if neither exists, or if the classes of the two parts differ.
    """
    if is_annotated(folder):
        train = list_images(folder / "train")
        return train, list_annotated(folder, train.classes)
    first, second = held_out
    other = next((folder / part for part in held_out if (folder / part).is_dir()), None)
    if other is None:
        raise DataError(
            f"data set {name!r}: {folder} has no {first} (or {second}) folder beside train; add {first}/CLASS/*.png"
        )
    train, test = list_images(folder / "train"), list_images(other)
    if train.classes != test.classes:
        odd = sorted(set(train.classes) ^ set(test.classes))[0]
        where = "train" if odd in train.classes else other.name
        raise DataError(
            f"data set {name!r}: class folder {odd!r} is in {folder / where} only; train and test need the same classes"
        )
    return train, test


def find_folders(name: str, root: Path | None) -> list[Path]:
    """Find the folders that hold all files of a data set; an empty list if it has no files, or they are missing."""
    if root is None or not root.is_dir() or name == "digits":
        return []
    for folder in (root, root / name):
        if name in CIFAR_FOLDERS and (folder / CIFAR_FOLDERS[name]).is_dir():
            return [folder / CIFAR_FOLDERS[name]]
        if (folder / "train").is_dir():
            return [folder / part for part in ("train", "test", "val") if (folder / part).is_dir()]
    return []


def download_cifar(name: str, root: Path | None) -> None:
    """Download the published files into `root`, unless they are there. Raises DataError."""
    if name not in CIFAR_FOLDERS:
        raise DataError(f"data set {name!r} cannot be downloaded; these can: {', '.join(CIFAR_FOLDERS)}")
    if root is None:
        raise RootMissingError(f"data set {name!r}: a download needs a data root, the folder that the files go to")
    if find_folders(name, root):
        return
    try:
        root.mkdir(parents=True, exist_ok=True)
        _archive(name)(str(root), download=True)
    except (OSError, RuntimeError) as error:  # no network, no space, or the file is not the published one
        raise DataError(f"data set {name!r} could not be downloaded: {str(error).splitlines()[0]}") from None


def _candidate_folders(name: str, root: Path | None, layout: str) -> Iterator[Path]:
    """The folders in which to look for a data set whose files have that layout."""
    if root is None:
        raise RootMissingError(f"data set {name!r} needs a data root: a folder with {layout}")
    if not root.is_dir():
        raise DataError(f"data set {name!r}: the data root {root} is not an existing folder")
    yield root
    yield root / name


def _archive(name: str) -> Any:
    # Imported here: torchvision takes as long to import as torch itself, and most commands need no image files.
    from torchvision.datasets import CIFAR10, CIFAR100

    return {"cifar10": CIFAR10, "cifar100": CIFAR100}[name]


def _read_published(name: str, folder: Path, limit: int | None) -> Splits:
    archive = _archive(name)
    try:
        # The files are pickles, which can run code when they are read. torchvision first compares their MD5 sums with
        # those of the published files, so no other file is ever unpickled.
        train, test = (archive(str(folder), train=part) for part in (True, False))
    except RuntimeError:
        raise DataError(
            f"data set {name!r}: {folder / archive.base_folder} is not as published (checksums differ or files are "
            f"missing); unpack {archive.filename} again"
        ) from None
    chosen = subset(np.array(train.targets), limit)
    return Splits(
        _split(train.data[chosen], np.array(train.targets)[chosen]),
        _split(test.data, np.array(test.targets)),
        len(train.classes),
    )


def _read_tree(name: str, folder: Path, side: int, limit: int | None, num_classes: int | None = None) -> Splits:
    train, test = list_tree(name, folder)
    if num_classes is not None and len(train.classes) != num_classes:
        raise DataError(
            f"data set {name!r}: {folder / 'train'} has {len(train.classes)} class folders, not {num_classes}; "
            "choose the data set that these images belong to, or 'imagefolder'"
        )
    chosen = subset(train.labels, limit)
    return Splits(
        _split(decode([train.files[index] for index in chosen], side), train.labels[chosen]),
        _split(decode(test.files, side), test.labels),
        len(train.classes),
        dict(Counter(train.passed_over) + Counter(test.passed_over)),
    )


def _split(images: np.ndarray, labels: np.ndarray) -> Split:
    """Make a split from channels-last arrays: images (N, H, W, 3) uint8, labels (N,) of any integer type."""
    return Split(torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels.astype(np.int64)))


def _resize(images: torch.Tensor, side: int) -> torch.Tensor:
    if images.shape[-1] == side:
        return images
    return torch.cat(
        [
            F.interpolate(chunk.float(), size=(side, side), mode="bilinear", antialias=True).round().to(torch.uint8)
            for chunk in images.split(IMAGES_AT_A_TIME)
        ]
    )

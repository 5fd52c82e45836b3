"""Where the data sets come from: scikit-learn's digits, CIFAR as published or as image files, trees of image files."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F

from .images import DataError, Listing, decode, listing
from .subset import balanced_order, subset

DIGITS_TEST = 500  # of 1,797 images
CIFAR_SIDE = 32  # pixels, of the published images
CIFARS = {"cifar10": "cifar-10-batches-py", "cifar100": "cifar-100-python"}  # and the published files' folders
CHUNK = 4096  # images resized at a time: as floats they take four times the memory


class Split(NamedTuple):
    """Images (N, 3, H, W) uint8 and labels (N,) int64."""

    images: torch.Tensor
    labels: torch.Tensor


class Splits(NamedTuple):
    """A data set as read."""

    train: Split
    test: Split
    num_classes: int


Reader = Callable[[str, Path | None, int, int | None], Splits]  # of (name, root, side, train_limit)


def digits(name: str, root: Path | None, side: int, limit: int | None) -> Splits:
    """scikit-learn's 8×8 digits, grey repeated on three channels and brought to `side`; needs no root."""
    from sklearn.datasets import load_digits  # a second's import that the other data sets do without

    pixels, targets = load_digits(return_X_y=True)
    grey = torch.from_numpy(pixels).float().reshape(-1, 1, 8, 8) * (255 / 16)
    images = F.interpolate(grey, size=(side, side), mode="bilinear").round().to(torch.uint8).repeat(1, 3, 1, 1)
    order = balanced_order(targets)
    test, train = np.sort(order[:DIGITS_TEST]), np.sort(order[DIGITS_TEST:])
    train = train[subset(targets[train], limit)]
    labels = torch.from_numpy(targets.astype(np.int64))
    return Splits(Split(images[train], labels[train]), Split(images[test], labels[test]), len(np.unique(targets)))


def cifar(name: str, root: Path | None, side: int, limit: int | None) -> Splits:
    """CIFAR from the published Python files or from a tree of image files; resized where `side` is not 32."""
    archive = _archive(name)
    layout = f"{archive.base_folder} or train/CLASS/*.png"
    for folder in _places(name, root, layout):
        if (folder / archive.base_folder).is_dir():
            splits = _published(name, folder, limit)
        elif (folder / "train").is_dir():
            splits = _tree(name, folder, CIFAR_SIDE, limit, num_classes=int(name.removeprefix("cifar")))
        else:
            continue
        train, test = (Split(_resized(split.images, side), split.labels) for split in (splits.train, splits.test))
        return Splits(train, test, splits.num_classes)
    raise DataError(f"data set {name!r}: {root} holds no {layout}; unpack the data set there")


def imagefolder(name: str, root: Path | None, side: int, limit: int | None) -> Splits:
    """A tree train/CLASS/* and test/CLASS/* (or val/CLASS/*); shorter side resized to `side`, centre cropped."""
    return _tree(name, tree_folder(name, root), side, limit)


def tree_folder(name: str, root: Path | None) -> Path:
    """Where a tree of image files lies: `root`, or the folder of the data set's name in it."""
    layout = "train/CLASS/*.png and test/CLASS/*.png"
    for folder in _places(name, root, layout):
        if (folder / "train").is_dir():
            return folder
    raise DataError(f"data set {name!r}: {root} holds no {layout}")


def tree_parts(name: str, folder: Path, held_out: tuple[str, str] = ("test", "val")) -> tuple[Listing, Listing]:
    """The files of a tree's train folder and of the first of `held_out` that there is, which has the same classes."""
    first, second = held_out
    other = next((folder / part for part in held_out if (folder / part).is_dir()), None)
    if other is None:
        raise DataError(
            f"data set {name!r}: {folder} has no {first} (or {second}) folder beside train; add {first}/CLASS/*.png"
        )
    train, test = listing(folder / "train"), listing(other)
    if train.classes != test.classes:
        odd = sorted(set(train.classes) ^ set(test.classes))[0]
        where = "train" if odd in train.classes else other.name
        raise DataError(
            f"data set {name!r}: class folder {odd!r} is in {folder / where} only; train and test must agree"
        )
    return train, test


def files(name: str, root: Path | None) -> list[Path]:
    """The folders that hold all a data set is read from; none where it comes from elsewhere, or is not there."""
    if root is None or not root.is_dir() or name == "digits":
        return []
    for folder in (root, root / name):
        if name in CIFARS and (folder / CIFARS[name]).is_dir():
            return [folder / CIFARS[name]]
        if (folder / "train").is_dir():
            return [folder / part for part in ("train", "test", "val") if (folder / part).is_dir()]
    return []


def download_cifar(name: str, root: Path | None) -> None:
    """Fetch the published files into `root`, unless they are there."""
    if name not in CIFARS:
        raise DataError(f"data set {name!r} cannot be downloaded; those that can: {', '.join(CIFARS)}")
    if root is None:
        raise DataError(f"data set {name!r}: to download it, say where to with --data-root")
    if files(name, root):
        return
    try:
        root.mkdir(parents=True, exist_ok=True)
        _archive(name)(str(root), download=True)
    except (OSError, RuntimeError) as error:  # no network, no room, or what came is not the file that was published
        raise DataError(f"data set {name!r} could not be downloaded: {str(error).splitlines()[0]}") from None


def _places(name: str, root: Path | None, layout: str) -> Iterator[Path]:
    """The folders in which to look for a data set."""
    if root is None:
        raise DataError(f"data set {name!r} needs --data-root: a folder with {layout}")
    if not root.is_dir():
        raise DataError(f"data set {name!r}: --data-root {root} is not an existing folder")
    yield root
    yield root / name


def _archive(name: str) -> Any:
    # At first use: torchvision takes as long to import as torch itself, and most commands need no image files.
    from torchvision.datasets import CIFAR10, CIFAR100

    return {"cifar10": CIFAR10, "cifar100": CIFAR100}[name]


def _published(name: str, folder: Path, limit: int | None) -> Splits:
    archive = _archive(name)
    try:
        # The files are pickles, which may run code when read. torchvision reads them only after their MD5 sums have
        # matched those of the published files, so nothing else is ever unpickled.
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


def _tree(name: str, folder: Path, side: int, limit: int | None, num_classes: int | None = None) -> Splits:
    train, test = tree_parts(name, folder)
    if num_classes is not None and len(train.classes) != num_classes:
        raise DataError(
            f"data set {name!r}: {folder / 'train'} has {len(train.classes)} class folders, not {num_classes}; "
            "name the right data set, or 'imagefolder'"
        )
    chosen = subset(train.labels, limit)
    return Splits(
        _split(decode([train.files[index] for index in chosen], side), train.labels[chosen]),
        _split(decode(test.files, side), test.labels),
        len(train.classes),
    )


def _split(images: np.ndarray, labels: np.ndarray) -> Split:
    """From channels-last arrays, (N, H, W, 3) uint8 and (N,) of any integers."""
    return Split(torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels.astype(np.int64)))


def _resized(images: torch.Tensor, side: int) -> torch.Tensor:
    if images.shape[-1] == side:
        return images
    return torch.cat(
        [
            F.interpolate(chunk.float(), size=(side, side), mode="bilinear", antialias=True).round().to(torch.uint8)
            for chunk in images.split(CHUNK)
        ]
    )

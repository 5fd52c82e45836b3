"""Reading image files: a folder of class folders becomes one array."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

MAX_THREADS = 8  # Pillow lets go of the interpreter only while it decodes; more threads gain nothing


class DataError(ValueError):
    """A data set that cannot be had as asked for; the message is one line that names the input and the mend."""


class Listing(NamedTuple):
    """The image files below a folder of class folders: `labels` (N,) int64 index the sorted `classes`."""

    classes: list[str]
    files: list[str]
    labels: np.ndarray


def listing(folder: Path) -> Listing:
    """The files FOLDER/CLASS/*, classes in alphabetical order; `DataError` where there is none, or a class is empty."""
    from torchvision.datasets import ImageFolder  # at first use: it takes as long to import as torch itself

    try:
        found = ImageFolder(str(folder))
    except OSError as error:
        raise DataError(f"{folder}: {error}") from None
    files, labels = zip(*found.samples, strict=True)
    return Listing(found.classes, list(files), np.array(labels, dtype=np.int64))


def decode(files: Sequence[str], side: int) -> np.ndarray:
    """Images (N, side, side, 3) uint8: shorter side resized to `side` pixels, centre cropped, any mode made RGB."""
    images = np.empty((len(files), side, side, 3), dtype=np.uint8)

    def fill(index: int) -> None:
        images[index] = np.asarray(_decode(files[index], side))

    with ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1)) as pool:
        for _ in pool.map(fill, range(len(files))):
            pass  # asking for each result hands on its error
    return images


def opened(file: str) -> Image.Image:
    """The image of a file, any mode made RGB; `DataError` where it is damaged."""
    try:
        with Image.open(file) as image:
            return image.convert("RGB")
    # Pillow's decoders report a damaged file by any of these.
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{file}: not a readable image ({reason}); replace or remove it") from None


def _decode(file: str, side: int) -> Image.Image:
    rgb = opened(file)
    return rgb if rgb.size == (side, side) else ImageOps.fit(rgb, (side, side), Image.Resampling.BILINEAR)

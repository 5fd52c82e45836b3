"""Image files: list those of a folder of class folders, and decode them into one array."""

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from .base import DataError
from .modes import to_rgb

MAX_THREADS = 8  # Pillow releases the interpreter lock only while it decodes; more threads gain nothing


# Kinds of files that lie beside images and are none: nobody expects them to be read.
NO_IMAGES = {".txt", ".json", ".csv", ".tsv", ".xml", ".md", ".db", ".ini", ".html", ".yaml", ".yml", ".npy"}


class Listing(NamedTuple):
    """The N image files below a folder of class folders; `labels` (N,) int64 are indices into the sorted `classes`."""

    classes: list[str]
    files: list[str]
    labels: np.ndarray
    passed_over: Mapping[str, int] = {}  # files by suffix, of kinds that are not read


def list_images(folder: Path) -> Listing:
    """List the files FOLDER/CLASS/*, classes in alphabetical order. DataError if there is no class, or an empty one."""
    # Imported here: it takes as long to import as torch itself.
    from torchvision.datasets.folder import IMG_EXTENSIONS, ImageFolder

    passed_over: Counter[str] = Counter()

    def is_read(file: str) -> bool:
        suffix = os.path.splitext(file)[1].lower()
        if suffix not in IMG_EXTENSIONS and suffix not in NO_IMAGES and not os.path.basename(file).startswith("."):
            passed_over[suffix] += 1
        return suffix in IMG_EXTENSIONS and not os.path.basename(file).startswith("._")

    try:
        found = ImageFolder(str(folder), is_valid_file=is_read)
    except OSError as error:
        kinds = f" Kinds that are read: {', '.join(IMG_EXTENSIONS)}" if "no valid file" in str(error) else ""
        raise DataError(f"{folder}: {error}{kinds}") from None
    files, labels = zip(*found.samples, strict=True)
    return Listing(found.classes, list(files), np.array(labels, dtype=np.int64), dict(passed_over))


def decode(files: Sequence[str], side: int) -> np.ndarray:
    """Decode N files into images (N, side, side, 3) uint8.

    The shorter side of each is resized to `side` pixels, the centre cropped, and any colour mode turned into RGB.
    Raises DataError for a damaged file.
    """
    images = np.empty((len(files), side, side, 3), dtype=np.uint8)

    def fill(index: int) -> None:
        images[index] = np.asarray(_decode(files[index], side))

    with ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1)) as pool:
        for _ in pool.map(fill, range(len(files))):
            pass  # a result that is asked for raises the error of its thread
    return images


def open_rgb(file: str) -> Image.Image:
    """Open an image file, any colour mode turned into RGB. Raises DataError if it is damaged."""
    try:
        with Image.open(file) as image:
            return to_rgb(image)
    # Pillow's decoders raise any of these for a damaged file.
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{file}: not a readable image ({reason}); replace or remove it") from None


def _decode(file: str, side: int) -> Image.Image:
    rgb = open_rgb(file)
    return rgb if rgb.size == (side, side) else ImageOps.fit(rgb, (side, side), Image.Resampling.BILINEAR)

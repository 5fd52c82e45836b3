"""Tiny ImageNet's layout: val/images/*, whose classes stand in val/val_annotations.txt."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from .base import DataError
from .files import Listing

ANNOTATIONS = "val_annotations.txt"


def is_annotated(folder: Path) -> bool:
    """Whether the held-out images of a tree are listed in a file, as Tiny ImageNet's are."""
    return (folder / "val" / ANNOTATIONS).is_file()


def list_annotated(folder: Path, classes: Sequence[str]) -> Listing:
    """List the images of FOLDER/val by its annotations: on each line a file and its class, with tabs between.

    Raises DataError for a line that is none, and for a class that is not among `classes`.
    """
    path = folder / "val" / ANNOTATIONS
    numbers = {name: number for number, name in enumerate(classes)}
    files, labels = [], []
    for place, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        name, _, rest = line.partition("\t")
        label = numbers.get(rest.partition("\t")[0].strip())
        if label is None:
            raise DataError(f"{path}, line {place}: expected a file, a tab and a class of {folder / 'train'}")
        files.append(str(folder / "val" / "images" / name))
        labels.append(label)
    if not files:
        raise DataError(f"{path}: it lists no images")
    return Listing(list(classes), files, np.array(labels, dtype=np.int64))

"""A cache of decoded data sets: files of arrays, which later runs map into memory instead of decoding images again.

NumPy and JSON files only: unlike a cache of pickles, reading it can run no code.
"""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch

from ...cache import cache_folder

ABOUT = "about.json"
ARRAYS = "train_images", "train_labels", "test_images", "test_labels"


class Arrays(NamedTuple):
    """The tensors of a data set, and facts about it as plain values."""

    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    about: dict[str, Any]


def hash_files(folders: list[Path]) -> str:
    """A hash of the names, sizes and times of all files below the folders; the files themselves are not read."""
    digest = hashlib.sha256()
    for folder in folders:
        for name, status in sorted(_walk(folder, "")):
            digest.update(f"{folder.name}/{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _walk(folder: Path | str, below: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _walk(entry.path, f"{below}{entry.name}/")
            else:
                yield below + entry.name, entry.stat()


def load_or_make(key: dict[str, Any], make: Callable[[], Arrays]) -> Arrays:
    """Load the data set that `key` (plain values) identifies from the cache, or make it now and write it there.

    If the cache cannot be written, the data set is made again each time.
    """
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:24]
    folder = cache_folder() / "data" / digest
    found = _read(folder)
    if found is None:
        found = make()
        with contextlib.suppress(OSError):  # a full disk, a home folder without write permission
            _write(folder, found)
    return found


def _read(folder: Path) -> Arrays | None:
    try:
        about = json.loads((folder / ABOUT).read_text("utf-8"))
        # Copy on write: a change in memory does not reach the file.
        arrays = {name: torch.from_numpy(np.load(folder / f"{name}.npy", mmap_mode="c")) for name in ARRAYS}
    except (OSError, ValueError):  # it does not exist, or it is damaged
        return None
    return Arrays(**arrays, about=about)


def _write(folder: Path, data: Arrays) -> None:
    """Write all files or none: into a temporary folder beside, which is then renamed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".partial-"))
    try:
        for name in ARRAYS:
            np.save(partial / f"{name}.npy", getattr(data, name).numpy())
        (partial / ABOUT).write_text(json.dumps(data.about), "utf-8")
        if folder.exists():  # it is damaged, since `_read` failed
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)

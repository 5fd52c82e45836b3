"""Decoded data sets kept as arrays that are mapped into memory, so that a second start need not decode them."""

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

ABOUT = "about.json"
ARRAYS = "train_images", "train_labels", "test_images", "test_labels"


class Arrays(NamedTuple):
    """A data set in memory, and what is known of it: plain values."""

    train_images: torch.Tensor
    train_labels: torch.Tensor
    test_images: torch.Tensor
    test_labels: torch.Tensor
    about: dict[str, Any]


def cache_folder() -> Path:
    """Where zsbench keeps what can be made again: $ZSBENCH_CACHE, or `zsbench` in $XDG_CACHE_HOME or `~/.cache`."""
    own = os.environ.get("ZSBENCH_CACHE")
    return Path(own) if own else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "zsbench"


def stamp(folders: list[Path]) -> str:
    """A digest that differs where a file below the folders was added, taken away or written (names, sizes, times)."""
    digest = hashlib.sha256()
    for folder in folders:
        for name, status in sorted(_files(folder, "")):
            digest.update(f"{folder.name}/{name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _files(folder: Path | str, below: str) -> Iterator[tuple[str, os.stat_result]]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path, f"{below}{entry.name}/")
            else:
                yield below + entry.name, entry.stat()


def cached(key: dict[str, Any], make: Callable[[], Arrays]) -> Arrays:
    """The data set that `key`, plain values, stands for: from the cache, or made now and kept there.

    Where nothing can be kept it is made each time.
    """
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()[:24]
    folder = cache_folder() / "data" / digest
    found = _read(folder)
    if found is None:
        found = make()
        with contextlib.suppress(OSError):  # a full disk, a home that may not be written to
            _write(folder, found)
    return found


def _read(folder: Path) -> Arrays | None:
    try:
        about = json.loads((folder / ABOUT).read_text())
        # Copy on write: what is changed in memory changes no file.
        arrays = {name: torch.from_numpy(np.load(folder / f"{name}.npy", mmap_mode="c")) for name in ARRAYS}
    except (OSError, ValueError):  # there is none, or it is damaged
        return None
    return Arrays(**arrays, about=about)


def _write(folder: Path, data: Arrays) -> None:
    """Whole or not at all: into a folder beside, which is renamed."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".partial-"))
    try:
        for name in ARRAYS:
            np.save(partial / f"{name}.npy", getattr(data, name).numpy())
        (partial / ABOUT).write_text(json.dumps(data.about))
        if folder.exists():  # damaged: nothing could be read
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)

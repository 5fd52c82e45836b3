"""One process at a time works on a study's folder."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from .errors import StoreError


@contextmanager
def study_lock(folder: str | os.PathLike[str]) -> Iterator[None]:
    """Hold `folder` (created if need be) until the block ends; the system frees it when the process dies.

    Raises:
        StoreError: another process holds it; the message names its process id.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    holder = place / ".lock.pid"  # beside the lock: a failed attempt to lock may truncate the lock file itself
    lock = FileLock(place / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        pid = holder.read_text("utf-8").strip() if holder.exists() else ""
        raise StoreError(
            f"{place} is in use by another zsbench process (pid {pid or 'unknown'}): wait for it or use another folder"
        ) from error
    try:
        holder.write_text(f"{os.getpid()}\n", "utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()

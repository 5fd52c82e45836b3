"""Memory: how much of it a worker may take, and how much a process takes."""

import os
import re
from pathlib import Path

SHARE = 0.8  # of the memory that is free when workers start, for all of them together
CONTAINER = Path("/sys/fs/cgroup/memory.max")  # what a container may take, in bytes, or "max"
MACHINE = Path("/proc/meminfo")


def share(workers: int) -> int | None:
    """The bytes that each worker may take; None if the system does not say how much is free."""
    free = _free()
    return None if free is None else int(SHARE * free / workers)


def resident(pid: int) -> int:
    """The bytes of memory that a process has; 0 on systems without /proc, where no limit can be met."""
    try:
        pages = Path(f"/proc/{pid}/statm").read_text("ascii").split()[1]
    except (OSError, IndexError):
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def _free() -> int | None:
    try:
        found = re.search(r"^MemAvailable:\s+(\d+) kB$", MACHINE.read_text("ascii"), re.MULTILINE)
    except OSError:
        return None
    if found is None:
        return None
    free = 1024 * int(found[1])
    try:
        limit = CONTAINER.read_text("ascii").strip()
    except OSError:
        return free
    return min(free, int(limit)) if limit.isdecimal() else free

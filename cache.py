"""The folder for files that can be made again: decoded data sets, measured tables."""

import os
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """$ZSBENCH_CACHE where that is set; otherwise the folder for caches of the platform (Linux: ~/.cache/zsbench)."""
    chosen = os.environ.get("ZSBENCH_CACHE")
    return Path(chosen) if chosen else user_cache_path("zsbench", appauthor=False)

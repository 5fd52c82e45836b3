"""Files: their digests, and text files that are written whole or not at all."""

import hashlib
from pathlib import Path

from ..results.files import replace


def file_digest(path: str | Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def write_whole(path: Path, text: str) -> None:
    """Write a text file (UTF-8), whole or not at all."""
    replace(path, text.encode())

"""Reading and writing TOML on every supported Python."""

import sys
from pathlib import Path
from typing import Any

import tomli_w

from .errors import UsageError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

loads = tomllib.loads
dumps = tomli_w.dumps
TOMLDecodeError = tomllib.TOMLDecodeError


def read(path: Path) -> dict[str, Any]:
    """Read the tables of a file. Raises UsageError, in one line, if it cannot be read."""
    try:
        return loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    except (TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: not a valid TOML file: {error}") from None

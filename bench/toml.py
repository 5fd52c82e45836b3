"""Reading and writing TOML on every supported Python."""

import sys
from pathlib import Path
from typing import Any

import tomli_w

from .errors import UsageError, one_line

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
    except RecursionError:
        raise UsageError(f"{path}: not a valid TOML file: nested too deeply") from None
    except ValueError as error:  # no TOML, no UTF-8, or a number of thousands of digits
        raise UsageError(f"{path}: not a valid TOML file: {one_line(error)}") from None

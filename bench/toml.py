"""Reading and writing TOML on every supported Python."""

import sys

import tomli_w

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

loads = tomllib.loads
dumps = tomli_w.dumps
TOMLDecodeError = tomllib.TOMLDecodeError

__all__ = ["TOMLDecodeError", "dumps", "loads"]

"""The entry point of the command line."""

import sys

from .terminal import make_streams_safe


def main() -> None:
    """Entry point: load the command line, run it and exit with its code."""
    make_streams_safe()
    try:
        from .cli import main as run
    except KeyboardInterrupt:
        print("zsbench: interrupted", file=sys.stderr)
        sys.exit(130)
    run()

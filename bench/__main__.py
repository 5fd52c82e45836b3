"""The entry point of the command line."""

import sys


def main() -> None:
    """Entry point: load the command line, run it and exit with its code."""
    try:
        from .cli import main as run
    except KeyboardInterrupt:
        print("zsbench: interrupted", file=sys.stderr)
        sys.exit(130)
    run()

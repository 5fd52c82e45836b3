"""The entry point of the command line."""

import gc
import sys


def main() -> None:
    """Entry point: load the command line, run it and exit with its code."""
    gc.disable()  # imports make hundreds of thousands of objects, no garbage: looking for it takes a tenth of the start
    try:
        from .cli import main as run
    except KeyboardInterrupt:
        print("zsbench: interrupted", file=sys.stderr)
        sys.exit(130)
    gc.freeze()  # what was imported stays: the collector need not look through it again and again
    gc.enable()
    run()

"""Messages for the person at the terminal."""

import sys


def say(message: str) -> None:
    """Print one line on stderr."""
    print(message, file=sys.stderr, flush=True)

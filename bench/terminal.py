"""Streams of terminals and pipes that do not speak UTF-8."""

import codecs
import sys
from contextlib import suppress
from io import TextIOWrapper

# What a message or table may hold that cp1252, gbk or ASCII lack.
PLAIN = {
    **{"τ": "tau", "ρ": "rho", "σ": "sigma", "±": "+/-", "×": "x", "·": "*", "−": "-", "–": "-", "—": "-", "…": "..."},
    **{"≥": ">=", "≤": "<=", "≈": "~", "≠": "!=", "→": "->", "°": " deg", "²": "2", "µ": "u", "█": "#", "▌": "|"},
    **{"━": "-", "╸": "-", "╺": "-", "†": "+", "‡": "++", "\u2009": " ", "\u00a0": " ", "\u202f": " "},
}
HANDLER = "zsbench.plain"


def make_streams_safe() -> None:
    """Let stdout and stderr write in plain characters what their encoding lacks, and stdin pass over a byte-order mark.

    An encoding that has all characters, as UTF-8, is left as it is.
    """
    codecs.register_error(HANDLER, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            with suppress(OSError, ValueError):  # a stream that is closed
                stream.reconfigure(errors=HANDLER)
    if isinstance(sys.stdin, TextIOWrapper) and not sys.stdin.isatty():
        with suppress(OSError, ValueError):
            sys.stdin.reconfigure(encoding="utf-8-sig", errors="replace")


def _plain(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    lacking = error.object[error.start : error.end]
    plain = "".join(PLAIN.get(character, "?") for character in lacking)
    return plain, error.end

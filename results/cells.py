r"""How one value of a row is written in a CSV file, and read back as the same value.

A missing value is an empty cell. Floats are written in the shortest form that gives the same float again. In a text, a
backslash is written `\\`, a line feed `\n`, a carriage return `\r`, another control character `\u` and four hexadecimal
digits, so that a row is one line; a text without characters is written `\e`. So is the first character of a text if it
is one of = + - @, with which a formula of a spreadsheet begins. Numbers are written as they are.
"""

import json
import re
from collections.abc import Callable

CONTROL = re.compile("^[=+@-]|[\\\\\x00-\x1f\x7f\x85\u2028\u2029]")
ESCAPE = re.compile(r"\\(u[0-9a-f]{4}|.?)", re.DOTALL)
NAMED = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
MEANT = {"\\": "\\", "n": "\n", "r": "\r"}
EMPTY = "\\e"
LARGEST = 2**63  # integers of SQLite are below


def written(kind: str, value: object) -> str:
    """The cell of a value, as the store gives it, in a column of this kind (see `results.schema`)."""
    if value is None:
        return ""
    if kind == "real":
        return repr(value)
    if kind == "flag":
        return "true" if value else "false"
    if kind == "integer":
        return str(value)
    return CONTROL.sub(_escaped, str(value)) if value else EMPTY


def read(kind: str, cell: str) -> object:
    """The value of a cell in a column of this kind; ValueError where it is none."""
    return READERS[kind](cell) if cell else None


def _escaped(found: re.Match[str]) -> str:
    return NAMED.get(found[0]) or f"\\u{ord(found[0]):04x}"


def _meant(found: re.Match[str]) -> str:
    code = found[1]
    if code.startswith("u") and len(code) > 1:
        return chr(int(code[1:], 16))
    if code not in MEANT:
        raise ValueError(f"no escape \\{code}")
    return MEANT[code]


def _text(cell: str) -> str:
    if "\\" not in cell:
        return cell
    text = "" if cell == EMPTY else ESCAPE.sub(_meant, cell)
    text.encode()  # an escape may name half of a character, which SQLite does not take
    return text


def _integer(cell: str) -> int:
    value = int(cell)
    if str(value) != cell or not -LARGEST <= value < LARGEST:
        raise ValueError("no integer of 64 bits")
    return value


def _real(cell: str) -> float:
    value = float(cell)
    if value != value or "_" in cell:
        raise ValueError("no number")
    return value


def _flag(cell: str) -> int:
    if cell not in ("true", "false"):
        raise ValueError("neither true nor false")
    return int(cell == "true")


def _json(cell: str) -> str:
    text = _text(cell)
    try:
        json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return text


READERS: dict[str, Callable[[str], object]] = {
    "text": _text,
    "integer": _integer,
    "real": _real,
    "flag": _flag,
    "json": _json,
}

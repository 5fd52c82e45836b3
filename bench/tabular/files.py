"""Tables as others write them: text of any Unicode encoding, separated by commas, semicolons or tabs, or JSON."""

import bz2
import codecs
import csv
import gzip
import json
import lzma
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from ..errors import UsageError, one_line
from .columns import ARCHITECTURE, plain

UNPACK: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.decompress, ".bz2": bz2.decompress, ".xz": lzma.decompress}
MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
SEPARATORS = ",;\t"
MAX_CELL = min(sys.maxsize, 2**31 - 1)  # characters
# What stands in a cell that has no value.
MISSING = {"", "na", "n/a", "<na>", "nan", "-nan", "null", "none", "#n/a"}


def read_text(path: str | Path, kind: str = "") -> str:
    """The text of a file, which may be compressed (.gz, .bz2, .xz) and begin with a byte-order mark.

    UsageError, which says of what `kind` the file is, where it cannot be read or is no Unicode text.
    """
    where = f"{kind} {path}".strip()
    try:
        content = Path(path).read_bytes()
        content = UNPACK.get(Path(path).suffix, bytes)(content)
        encoding = next((name for mark, name in MARKS.items() if content.startswith(mark)), "utf-8")
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UsageError(f"{where}: not UTF-8 text (byte {error.start}); save it as UTF-8") from None
    except (OSError, EOFError, lzma.LZMAError, zlib.error) as error:
        raise UsageError(f"{where}: {getattr(error, 'strerror', None) or error}") from None


def read_frame(path: str | Path) -> pd.DataFrame:
    """The columns of a table, by their names as written; a name may be empty.

    Columns of numbers are numeric; the cells of all others are texts, None where there is no value. UsageError names
    the file, and the line where there is one to name.
    """
    text = read_text(path, "table")
    if Path(path).name.endswith(".json"):
        try:
            return pd.DataFrame(_records(json.loads(text))).pipe(_numeric)
        except RecursionError:
            raise UsageError(f"table {path}: not a JSON table: nested too deeply") from None
        except (ValueError, AttributeError, TypeError) as error:  # the latter two of JSON that holds something else
            raise UsageError(f"table {path}: not a JSON table: {one_line(error)}") from None
    try:
        return _numeric(_of_csv(text))
    except (csv.Error, ValueError) as error:
        raise UsageError(f"table {path}: not a CSV table: {one_line(error)}") from None


def _of_csv(text: str) -> pd.DataFrame:
    lines = list(_without_comments(text))
    if not lines:
        raise ValueError("the file is empty")
    separator = max(SEPARATORS, key=lines[0][1].count)
    (_, header), *rows = _rows(lines, separator)
    names = [name.strip() for name in header]
    twice = [name for name, count in Counter(names).items() if count > 1 and name]
    if twice:
        raise ValueError(f"two columns are called {twice[0]!r}")
    for number, row in rows:
        if len(row) == len(names) + 1 and not row[-1].strip():
            row.pop()  # a separator at the end of the line
        if len(row) != len(names):
            raise ValueError(f"line {number} has {len(row)} cells, where the first names {len(names)} columns")
    columns = zip(*(row for _, row in rows), strict=True) if rows else [()] * len(names)
    return pd.DataFrame(
        {place: _cells(column, decimal_comma=separator == ";") for place, column in enumerate(columns)}, dtype=object
    ).set_axis(names, axis=1)


def _without_comments(text: str) -> Iterator[tuple[int, str]]:
    """The lines of a table with their numbers. A comment begins with #, but the header may be the last one of them."""
    comment, begun = None, False
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip():
            continue
        if line.lstrip().startswith("#"):
            comment = (number, line.lstrip().lstrip("#"))
            continue
        if not begun and comment and _is_header(comment[1], line):
            yield comment
        begun = True
        yield number, line


def _is_header(comment: str, line: str) -> bool:
    """Whether a comment before the first line names its columns, and that line does not."""
    separator = max(SEPARATORS, key=line.count)
    below = [cell.strip() for cell in next(csv.reader([line], delimiter=separator), [])]
    return comment.count(separator) == len(below) - 1 > 0 and any(map(_is_number, below))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _rows(lines: list[tuple[int, str]], separator: str) -> Iterator[tuple[int, list[str]]]:
    """The cells of each row that has any, with the number of its line."""
    before = csv.field_size_limit(MAX_CELL)
    try:
        reader = csv.reader((line for _, line in lines), delimiter=separator, skipinitialspace=True)
        for row in reader:
            if any(cell.strip() for cell in row):
                yield lines[reader.line_num - 1][0], row
    finally:
        csv.field_size_limit(before)


def _cells(column: tuple[str, ...], decimal_comma: bool) -> list[str | None]:
    cells = [None if cell.strip().lower() in MISSING else cell.strip() for cell in column]
    if decimal_comma:
        points = [cell and cell.replace(",", ".") for cell in cells]
        if all(cell is None or _is_number(cell) for cell in points):
            return points
    if any(cells) and all(cell is None or cell.endswith("%") for cell in cells):
        return [cell and cell.removesuffix("%").strip() for cell in cells]
    return cells


def _records(content: Any) -> list[dict[str, Any]]:
    """The rows of JSON: a list of them; or an object of columns for each architecture, which may stand in one for each
    data set, as in NASLib's `zc_nasbench201.json`.
    """
    if isinstance(content, list):
        return [dict(row) for row in content]
    rows = []
    for name, columns in content.items():
        columns = {key: _score(value) for key, value in columns.items()}
        if columns and all(isinstance(value, dict) for value in columns.values()):
            for architecture, inner in columns.items():
                values = {key: _score(value) for key, value in inner.items()}
                rows.append({"architecture": architecture, "dataset": name, **values})
        else:
            rows.append({"architecture": name, **columns})
    return rows


def _score(value: Any) -> Any:
    """What NASLib writes as `{"score": …, "time": …}` is the score."""
    return value["score"] if isinstance(value, dict) and "score" in value else value


def _numeric(frame: pd.DataFrame) -> pd.DataFrame:
    """Convert columns that hold nothing but numbers, as text or not, to numbers; not those of architectures, of which
    some are written as digits.
    """
    columns = [_as_numbers(frame.iloc[:, place]) for place in range(frame.shape[1])]
    return pd.concat(columns, axis=1) if columns else frame


def _as_numbers(column: pd.Series) -> pd.Series:
    if plain(column.name) in ARCHITECTURE:
        return column
    if column.count() and not pd.api.types.is_numeric_dtype(column) and no_numbers(column).empty:
        return pd.to_numeric(column)
    return column


def no_numbers(cells: pd.Series) -> pd.Series:
    """The cells that hold something else than a number; an empty cell is not one of them."""
    return cells[pd.to_numeric(cells, errors="coerce").isna() & cells.notna()]

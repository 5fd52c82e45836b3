"""A study's rows as CSV files: what is kept of a study when its database is not.

One file a table, `NAME.csv`, or `NAME.csv.xz` where the text has more than a megabyte. Rows come in an order that does
not tell when they were measured, so equal rows give equal files. See `results.cells` for how a value is written.
"""

import csv
import io
import lzma
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import cells
from .errors import StoreError
from .files import replace
from .schema import PARENTS, TABLES
from .store import Store

LARGE = 1_000_000  # bytes; a longer text is kept compressed
PRESET = 6  # of the compression
MAX_CELL = min(sys.maxsize, 2**31 - 1)  # characters


def write_rows(store: Store, folder: str | os.PathLike[str], large: int = LARGE) -> None:
    """Write a study's rows into `folder`, in place of those there; a text of more than `large` bytes is compressed.

    Of the scores only those of sampled architectures and of winners, and those that failed: a search leaves half a
    million others, which its own row counts. A table without rows has no file.
    """
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    with store.snapshot():
        for name in TABLES:
            _write(place, name, _text(store, name), large)


def read_rows(folder: str | os.PathLike[str], store: Store) -> None:
    """Add the rows of `folder` to `store`, all or none.

    A column that a file lacks is missing; one that this version does not know is left out. So are the details of a
    search or training (its curve, members, epochs) whose own row is not there.

    Raises:
        StoreError: a file is damaged, a value is not of its column's kind, or a key is there already; the message names
            the file and the line.
    """
    place = Path(folder)
    if not place.is_dir():
        raise StoreError(f"{place}: no folder of rows")
    with store.filling() as add:
        keys: dict[str, set[tuple[object, ...]]] = {}
        for name in TABLES:
            path = _file(place, name)
            if path is None:
                continue
            shared = _shared(name)
            parents = keys.get(PARENTS.get(name, ""), set())
            mine = keys[name] = set()
            details = _details(name)
            for number, row in _parsed(path, name):
                if name in PARENTS and tuple(row.get(column) for column in shared) not in parents:
                    continue
                try:
                    new = add(name, row)
                except StoreError as error:
                    raise StoreError(f"{path}, line {number}: {error}") from None
                if not new:
                    raise StoreError(f"{path}, line {number}: a row of this key is there already")
                if details:
                    mine.add(tuple(row.get(column) for column in details))


@contextmanager
def open_rows(folder: str | os.PathLike[str]) -> Iterator[Store]:
    """A store of the rows of `folder`, for as long as the block lasts."""
    with tempfile.TemporaryDirectory(prefix="zsbench-") as place, Store(Path(place) / "rows.sqlite") as store:
        read_rows(folder, store)
        yield store


def has_rows(folder: str | os.PathLike[str]) -> bool:
    """Whether `folder` holds a file of rows."""
    return any((Path(folder) / file).is_file() for name in TABLES for file in (f"{name}.csv", f"{name}.csv.xz"))


def _shared(name: str) -> list[str]:
    """The columns by which a row of a detail table names its parent."""
    return [column for column in TABLES[name].key if name in PARENTS and column in TABLES[PARENTS[name]].key]


def _details(name: str) -> list[str]:
    """The columns by which the details of a table name one of its rows; none where it has no details."""
    return next((_shared(child) for child, parent in PARENTS.items() if parent == name), [])


def _text(store: Store, name: str) -> str:
    """The table as CSV; nothing where it has no rows."""
    columns = TABLES[name].columns
    kinds = tuple(columns.values())
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for values in store.each_kept(name):
        if not text.tell():
            writer.writerow(columns)
        writer.writerow(map(cells.written, kinds, values))
    return text.getvalue()


def _write(place: Path, name: str, text: str, large: int) -> None:
    plain, packed = place / f"{name}.csv", place / f"{name}.csv.xz"
    content = text.encode()
    if not content:
        plain.unlink(missing_ok=True)
        packed.unlink(missing_ok=True)
    elif len(content) > large:
        if not _holds(packed, content):  # to compress 30 MB takes twenty seconds, to look takes one
            replace(packed, lzma.compress(content, preset=PRESET))
        plain.unlink(missing_ok=True)
    else:
        replace(plain, content)
        packed.unlink(missing_ok=True)


def _holds(packed: Path, content: bytes) -> bool:
    try:
        return lzma.decompress(packed.read_bytes()) == content
    except (OSError, lzma.LZMAError):
        return False


def _file(place: Path, name: str) -> Path | None:
    """The file of a table; None where there is none."""
    found = [path for path in (place / f"{name}.csv", place / f"{name}.csv.xz") if path.exists()]
    if len(found) == 2:
        raise StoreError(f"{found[0]}: there is {found[1].name} too; remove the older one")
    return found[0] if found else None


def _parsed(path: Path, name: str) -> Iterator[tuple[int, dict[str, object]]]:
    """The rows of a file, each with the number of its line."""
    lines = _lines(path)
    kinds, required = TABLES[name].columns, TABLES[name].key
    header = _split(path, 1, lines[0])
    lacking = [column for column in required if column not in header]
    if lacking or len(set(header)) < len(header):
        what = f"no column {', '.join(lacking)}" if lacking else "a column is named twice"
        raise StoreError(f"{path}, line 1: {what}")
    wanted = [(place, column, kinds[column]) for place, column in enumerate(header) if column in kinds]
    for number, line in enumerate(lines[1:], start=2):
        parts = _split(path, number, line)
        if len(parts) != len(header):
            raise StoreError(f"{path}, line {number}: {len(parts)} cells, where the first line names {len(header)}")
        row: dict[str, object] = {}
        for place, column, kind in wanted:
            try:
                row[column] = cells.read(kind, parts[place])
            except ValueError:
                told = f"{column} is {_short(parts[place])}"
                raise StoreError(f"{path}, line {number}: {told}, which is no {kind} value") from None
        yield number, row


def _lines(path: Path) -> list[str]:
    try:
        content = path.read_bytes()
        content = lzma.decompress(content) if path.suffix == ".xz" else content
        text = content.decode("utf-8-sig")
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from None
    except lzma.LZMAError as error:
        raise StoreError(f"{path}: damaged: {error}") from None
    except UnicodeDecodeError as error:
        number = content[: error.start].count(b"\n") + 1
        raise StoreError(f"{path}, line {number}: no UTF-8 text") from None
    lines = text.split("\n")
    if lines.pop():
        raise StoreError(f"{path}, line {len(lines) + 1}: the file ends within a line")
    if not lines:
        raise StoreError(f"{path}, line 1: the file is empty")
    return lines


def _split(path: Path, number: int, line: str) -> list[str]:
    """The cells of a line; a row is one line, so a quote that is not closed harms no other."""
    before = csv.field_size_limit(MAX_CELL)
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise StoreError(f"{path}, line {number}: {error}") from None
    finally:
        csv.field_size_limit(before)


def _short(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else f"{cell[:40]}…")

"""Opens a study's folder for reading, whichever way its rows are kept there."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import StoreError
from .rows import has_rows, open_rows
from .store import Store

DATABASE = "results.sqlite"


def rows_folder(folder: str | os.PathLike[str]) -> Path | None:
    """Where the rows of a study's folder lie as CSV: `report/rows`, or `rows`; None where there are none."""
    places = Path(folder) / "report" / "rows", Path(folder) / "rows"
    return next((place for place in places if has_rows(place)), None)


@contextmanager
def open_study(folder: str | os.PathLike[str]) -> Iterator[Store]:
    """The rows of a study's folder, to be read: those of its database or, where it has none, of its CSV files.

    Raises:
        StoreError: there are neither, or what there is cannot be read.
    """
    database, rows = Path(folder) / DATABASE, rows_folder(folder)
    if database.is_file():
        with _opened(database, rows) as store:
            yield store
    elif rows is not None:
        with open_rows(rows) as store:
            yield store
    else:
        raise StoreError(f"{folder}: no study here (neither {DATABASE} nor report/rows nor rows)")


def _opened(database: Path, rows: Path | None) -> Store:
    try:
        return Store(database, read_only=True)
    except StoreError as error:
        raise StoreError(f"{error}; or remove it, to read {rows} in its place" if rows else str(error)) from None

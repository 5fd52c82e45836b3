"""What a study measured, in one SQLite file: what was measured never changes, and each add is one transaction."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd

from .errors import StoreError
from .schema import LISTED, TABLES, VERSION, create_statement, insert_statement

Row = Mapping[str, Any]


class Store:
    """The rows of one study; a context manager.

    Rows go in as mappings from column to value and come out as frames with the columns of `results.schema.TABLES`,
    in the order they were added. A column that a row lacks is missing in the frame (NaN, `pd.NA` or None); an unknown
    column is refused. A row whose key is already there is ignored, so adding twice is harmless.

    Raises:
        StoreError: `path` is no store of this version, cannot be opened, or a row breaks the schema.
    """

    def __init__(self, path: str | os.PathLike[str], read_only: bool = False) -> None:
        self.path = Path(path)
        if self.path.is_dir():
            raise StoreError(f"{path} is a folder, no database: zsbench.load({str(path)!r}) opens a study")
        self.read_only = read_only
        self._connection = _connect(self.path, read_only)
        try:
            self._prepare()
        except sqlite3.DatabaseError as error:
            self.close()
            raise StoreError(f"{self.path} is not a zsbench store: {error}") from error
        except StoreError:
            self.close()
            raise

    def _prepare(self) -> None:
        """Check the schema version; create the tables in a new file."""
        version = self._connection.execute("PRAGMA user_version").fetchone()[0]
        tables = self._connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        if version == 0 and tables == 0 and not self.read_only:
            self._connection.execute("PRAGMA journal_mode = WAL")
            with self._transaction():
                for name in TABLES:
                    self._connection.execute(create_statement(name))
                self._connection.execute(f"PRAGMA user_version = {VERSION}")
        elif version == 0:
            raise StoreError(f"{self.path} is not a zsbench store: it has no schema version")
        elif version != VERSION:
            raise StoreError(
                f"{self.path} has schema version {version}, this zsbench reads version {VERSION}: use another folder"
            )
        # With a write-ahead log, NORMAL may lose the last rows in a power cut but never corrupts; they are re-measured.
        self._connection.execute("PRAGMA synchronous = NORMAL")
        # Keys come in no order: with 64 MiB of pages at hand and in the log, half a million go in twice as fast.
        self._connection.execute("PRAGMA cache_size = -65536")
        self._connection.execute("PRAGMA wal_autocheckpoint = 16384")

    # Writing

    def add_proxies(self, rows: Iterable[Row]) -> None:
        """Add the study's proxies, in the order in which reports list them.

        Those that are there stay as they are, and others come after them; but where `rows` names all that are there, it
        gives the order.
        """
        prepared = [_parameters("proxies", row) for row in rows]
        with self._transaction():
            kept = {values[0]: values for values in self._select("proxies", {})}
            named: dict[str, tuple[Any, ...]] = {}
            for values in prepared:
                named.setdefault(values[0], kept.get(values[0], values))
            self._connection.execute('DELETE FROM "proxies"')
            self._insert("proxies", list((named if kept.keys() <= named.keys() else kept | named).values()))

    def add_score(self, row: Row) -> None:
        """Add one score row."""
        self.add_scores([row])

    def add_scores(self, rows: Iterable[Row]) -> None:
        """Add score rows; `value` and `components` are kept only where `status` is "ok"."""
        empty = {"value": None, "components": None}
        self._add("scores", [row if row.get("status") == "ok" else {**row, **empty} for row in rows])

    def add_search(self, row: Row, curve: Iterable[Row] = (), members: Iterable[Row] = ()) -> None:
        """Add a finished search, its curve and its final population; the key is filled in.

        `curve` has rows of `evaluation`, `value`, `architecture`, `seconds`; `members` of `place`, `architecture`,
        `value`.
        """
        self._add("searches", [row], {"curves": curve, "members": members})

    def add_measurement(self, row: Row) -> None:
        """Add one measurement of what a budget limits."""
        self._add("measurements", [row])

    def add_samples(self, rows: Iterable[Row]) -> None:
        """Add the architectures over which scores and accuracies are correlated."""
        self._add("samples", rows)

    def add_training(self, row: Row, epochs: Iterable[Row] = ()) -> None:
        """Add a training and its epochs: rows of `epoch`, `loss`, `accuracy`, …; the key is filled in.

        One that ended in an error makes way for a later attempt, its epochs too.
        """
        prepared = [_parameters("trainings", row)]
        with self._transaction():
            self.remove_failed(row)
            self._insert("trainings", prepared, {"epochs": epochs})

    def add_trainings(self, rows: Iterable[Row]) -> None:
        """Add trainings without epochs, as those of a tabular benchmark are; faster than one at a time."""
        self._add("trainings", rows)

    def set_setting(self, key: str, value: object) -> None:
        """Write one fact of the study, as text, over what was there."""
        self.set_settings({key: value})

    def set_settings(self, values: Mapping[str, object]) -> None:
        """Write facts of the study, as text, over what was there."""
        with self._transaction():
            self._connection.executemany(
                'INSERT OR REPLACE INTO "settings" VALUES (?, ?)',
                [(_storable(key), _storable(str(value))) for key, value in values.items()],
            )

    @contextmanager
    def filling(self) -> Iterator[Callable[[str, Row], bool]]:
        """One transaction for rows of any table: gives `add(table, row)`, which says whether the row's key was new."""

        def add(table: str, row: Row) -> bool:
            try:
                return self._connection.execute(statements[table], _parameters(table, row)).rowcount > 0
            except sqlite3.Error as error:
                raise StoreError(str(error)) from error

        statements = {name: insert_statement(name) for name in TABLES}
        with self._transaction():
            yield add

    def remove_failed(self, training: Row) -> None:
        """Within `filling`: remove the training of the same key if it ended in an error, and its epochs."""
        key = {column: _plain(training.get(column)) for column in TABLES["trainings"].key}
        query = f'DELETE FROM "trainings" WHERE {_equal(key)} AND "status" = \'error\''
        if self._connection.execute(query, key).rowcount:
            del key["source"]
            self._connection.execute(f'DELETE FROM "epochs" WHERE {_equal(key)}', key)

    # Reading

    def proxies(self, **equal: object) -> pd.DataFrame:
        """Frame of the proxies, optionally of the rows where columns equal the given values."""
        return self._frame("proxies", equal)

    def scores(self, **equal: object) -> pd.DataFrame:
        """Frame of the scores, optionally of the rows where columns equal the given values."""
        return self._frame("scores", equal)

    def searches(self, **equal: object) -> pd.DataFrame:
        """Frame of the searches, optionally of the rows where columns equal the given values."""
        return self._frame("searches", equal)

    def curves(self, **equal: object) -> pd.DataFrame:
        """Frame of the searches' improvements, optionally of the rows where columns equal the given values."""
        return self._frame("curves", equal)

    def members(self, **equal: object) -> pd.DataFrame:
        """Frame of the searches' final populations, optionally of the rows where columns equal the given values."""
        return self._frame("members", equal)

    def measurements(self, **equal: object) -> pd.DataFrame:
        """Frame of the measured budgets, optionally of the rows where columns equal the given values."""
        return self._frame("measurements", equal)

    def samples(self, **equal: object) -> pd.DataFrame:
        """Frame of the sampled architectures, optionally of the rows where columns equal the given values."""
        return self._frame("samples", equal)

    def trainings(self, **equal: object) -> pd.DataFrame:
        """Frame of the trainings, optionally of the rows where columns equal the given values."""
        return self._frame("trainings", equal)

    def epochs(self, **equal: object) -> pd.DataFrame:
        """Frame of the trainings' epochs, optionally of the rows where columns equal the given values."""
        return self._frame("epochs", equal)

    def settings(self, **equal: object) -> pd.DataFrame:
        """Frame of the study's facts (`key`, `value`), optionally of the rows where columns equal the given values."""
        return self._frame("settings", equal)

    def sample_scores(self, every_seed: bool = False, stratum: str = "random") -> pd.DataFrame:
        """Frame of the scores of a stratum of the sample, under its first seed or under every: searches leave more."""
        columns = '"architecture"' if every_seed else '"architecture", "seed"'
        sampled = f'SELECT {columns} FROM "samples" WHERE "stratum" = \'{stratum}\''
        return self._frame("scores", {}, where=f"({columns}) IN ({sampled})")

    def score_statuses(self) -> pd.DataFrame:
        """Frame with one row per proxy and status: `proxy, status, count, reason` (an example)."""
        # SQLite takes the bare column `reason` from the row that min() picks; rows come in any order, so not the first.
        query = "SELECT proxy, status, count(*), reason, min(architecture) FROM scores GROUP BY proxy, status"
        rows = [row[:4] for row in self._read(query)]
        return pd.DataFrame(rows, columns=["proxy", "status", "count", "reason"]).astype({"count": "int64"})

    def score_counts(self, after: int = 0) -> list[dict[str, Any]]:
        """What was added to the scores after row number `after`, by proxy and status.

        `proxy, status, count, sampled` (how many of them are of sampled architectures), `lowest, highest` (values, None
        where there are none) and `last`, the last row number, from which a later call goes on.
        """
        names = ("proxy", "status", "count", "sampled", "lowest", "highest", "last")
        query = (
            'SELECT "proxy", "status", count(*), sum("architecture" IN (SELECT "architecture" FROM "samples")), '
            'min("value"), max("value"), max(rowid) FROM "scores" WHERE rowid > :after GROUP BY "proxy", "status"'
        )
        return [dict(zip(names, row, strict=True)) for row in self._read(query, {"after": after})]

    def each_score(self) -> Iterator[dict[str, Any]]:
        """The rows of the scores, in the order they were added, one at a time: half a million take much memory."""
        for row in self.each_row("scores"):
            yield {**row, "components": _decoded(row["components"])}

    def each_kept(self, table: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a table that outlive the database, one at a time, as values in the order of its columns.

        All but the scores that only a search asked for, which its own row counts: of the scores, those of sampled
        architectures and of winners, and those that failed. Sorted by proxy, in the order of the proxies, then by key;
        proxies, samples and settings as they were added, since their order means something.
        """
        definition = TABLES[table]
        columns = ", ".join(f't."{column}"' for column in definition.columns)
        query = f'SELECT {columns} FROM "{table}" AS t'
        order = [f't."{column}"' for column in definition.key]
        if table in LISTED:
            order = ["t.rowid"]
        elif "proxy" in definition.columns:
            query += ' LEFT JOIN "proxies" AS listed ON listed."proxy" = t."proxy"'
            order = ["listed.rowid IS NULL", "listed.rowid", 't."proxy"', *order]
        if table == "scores":
            kept = 'SELECT "architecture" FROM "samples" UNION SELECT "winner" FROM "searches"'
            query += f""" WHERE t."status" != 'ok' OR t."architecture" IN ({kept})"""
        yield from self._each(f"{query} ORDER BY {', '.join(order)}")

    def each_row(self, table: str) -> Iterator[dict[str, Any]]:
        """The rows of a table, in the order they were added, one at a time; JSON as text."""
        names = TABLES[table].columns
        columns = ", ".join(f'"{column}"' for column in names)
        for values in self._each(f'SELECT {columns} FROM "{table}" ORDER BY rowid'):
            yield dict(zip(names, values, strict=True))

    def row(self, table: str, like: Row) -> dict[str, Any] | None:
        """The row of a table that has the same key as `like`, if there is one; JSON as text."""
        found = self._select(table, {column: like[column] for column in TABLES[table].key})
        return dict(zip(TABLES[table].columns, found[0], strict=True)) if found else None

    def scored_on_two_devices(self) -> list[tuple[str, str, str]]:
        """Proxies that have scores of more than one device: proxy, and two of the devices."""
        query = 'SELECT "proxy", min("device"), max("device") FROM "scores" GROUP BY "proxy"'
        return [(proxy, one, another) for proxy, one, another in self._read(query) if one != another]

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Until the block ends, see the rows as they are now, whatever another process adds."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    @property
    def measured(self) -> bool:
        """Whether there is anything but what the study says of itself."""
        tables = (name for name in TABLES if name not in ("settings", "proxies"))
        return any(self._read(f'SELECT 1 FROM "{name}" LIMIT 1') for name in tables)

    def count_scores(self, **settings: object) -> int:
        """How many architectures are scored under exactly these settings: the key columns except `architecture`."""
        _check_settings(settings)
        return int(self._read(f'SELECT count(*) FROM "scores" WHERE {_equal(settings)}', settings)[0][0])

    def known_score(self, architecture: str, **settings: object) -> dict[str, Any] | None:
        """The row of one architecture under exactly these settings, if there is one."""
        _check_settings(settings)
        rows = self._select("scores", {**settings, "architecture": architecture})
        return _score_row(rows[0]) if rows else None

    def scored(self, **settings: object) -> set[str]:
        """The architectures that are scored under exactly these settings."""
        _check_settings(settings)
        query = f'SELECT "architecture" FROM "scores" WHERE {_equal(settings)}'
        return {text for (text,) in self._read(query, settings)}

    def scores_of_other_versions(self, version: str, limit: int, **settings: object) -> list[dict[str, Any]]:
        """The first rows under these settings that have a score and whose proxy's code was another, or is not known."""
        _check_settings(settings)
        other = f'{_equal(settings)} AND "status" = \'ok\' AND "version" IS NOT :version'
        query = f'SELECT * FROM "scores" WHERE {other} ORDER BY rowid LIMIT :limit'
        return [_score_row(row) for row in self._read(query, {**settings, "version": version, "limit": limit})]

    # Plumbing

    def _add(self, table: str, rows: Iterable[Row], children: Mapping[str, Iterable[Row]] | None = None) -> None:
        prepared = [_parameters(table, row) for row in rows]  # first: to make the rows may take long
        with self._transaction():
            self._insert(table, prepared, children)

    def _insert(
        self, table: str, prepared: list[tuple[Any, ...]], children: Mapping[str, Iterable[Row]] | None = None
    ) -> None:
        """Insert rows; `children` are rows of detail tables, added only with a parent that was not there yet."""
        added = self._connection.executemany(insert_statement(table), prepared).rowcount
        if not children or not added:
            return
        parent = dict(zip(TABLES[table].columns, prepared[0], strict=True))
        for name, details in children.items():
            shared = {column: parent[column] for column in TABLES[name].key if column in parent}
            full = [_parameters(name, {**shared, **detail}) for detail in details]
            self._connection.executemany(insert_statement(name), full)

    def _each(self, query: str) -> Iterator[tuple[Any, ...]]:
        try:
            yield from self._connection.execute(query)
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.path} cannot be read: {error}") from error

    def _read(self, query: str, values: Mapping[str, object] | None = None) -> list[tuple[Any, ...]]:
        try:
            return self._connection.execute(query, values or {}).fetchall()
        except sqlite3.DatabaseError as error:  # a file that is damaged past its start shows here only
            raise StoreError(f"{self.path} cannot be read: {error}") from error

    def _select(self, table: str, equal: Mapping[str, object], where: str = "1") -> list[tuple[Any, ...]]:
        _refuse_unknown(table, equal)
        conditions = " AND ".join([where, _equal(equal)] if equal else [where])
        columns = ", ".join(f'"{column}"' for column in TABLES[table].columns)
        query = f'SELECT {columns} FROM "{table}" WHERE {conditions} ORDER BY rowid'
        return self._read(query, {column: _plain(value) for column, value in equal.items()})

    def _frame(self, table: str, equal: Mapping[str, object], where: str = "1") -> pd.DataFrame:
        definition = TABLES[table]
        frame = pd.DataFrame(self._select(table, equal, where), columns=list(definition.columns), dtype="object")
        return frame.astype({column: definition.dtype(column) for column in definition.columns})

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise StoreError(f"{self.path}: {error}") from error
            raise

    def close(self) -> None:
        """Close the file; closing twice is harmless."""
        self._connection.close()

    def __enter__(self) -> "Store":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _connect(path: Path, read_only: bool) -> sqlite3.Connection:
    mode = "rwc"
    if read_only:
        # SQLite wants to write a -shm file even for reading; where the folder forbids that, nobody else writes either.
        mode = "ro" if os.access(path.parent, os.W_OK) else "ro&immutable=1"
    try:
        # isolation_level=None: transactions are exactly those that `_transaction` opens.
        return sqlite3.connect(f"{path.resolve().as_uri()}?mode={mode}", uri=True, timeout=30, isolation_level=None)
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be opened: {error}") from error


def _equal(columns: Iterable[str]) -> str:
    """SQL that holds where the columns equal named parameters; missing equals missing."""
    return " AND ".join(f'"{column}" IS :{column}' for column in columns)


def _refuse_unknown(table: str, names: Iterable[str]) -> None:
    unknown = sorted(set(names) - set(TABLES[table].columns))
    if unknown:
        raise StoreError(f"table {table} has no column {', '.join(unknown)}")


SIMPLE = frozenset({str, int, float, type(None)})  # what SQLite stores as it is


def _parameters(table: str, row: Row) -> tuple[Any, ...]:
    """The value of every column of `table` in `row`, in types that SQLite stores."""
    columns = TABLES[table].columns
    if not columns.keys() >= row.keys():
        _refuse_unknown(table, row)
    values = tuple(map(row.get, columns))
    if not SIMPLE.issuperset(map(type, values)):
        values = tuple(map(_plain, values))
    return tuple(_storable(value) if type(value) is str and not value.isascii() else value for value in values)


def _storable(text: str) -> str:
    """The text, with an escape in place of half a character (a lone surrogate), which SQLite does not take."""
    return text.encode("utf-8", "backslashreplace").decode()


def _check_settings(settings: Mapping[str, object]) -> None:
    """TypeError unless these are the key columns of a score except `architecture`."""
    missing = sorted(set(TABLES["scores"].key) - {"architecture"} - set(settings))
    if missing:
        raise TypeError(f"the settings of a score lack {', '.join(missing)}")


def _score_row(values: tuple[Any, ...]) -> dict[str, Any]:
    row = dict(zip(TABLES["scores"].columns, values, strict=True))
    return {**row, "components": _decoded(row["components"])}


def _decoded(text: str | None) -> list[float] | None:
    return None if text is None else json.loads(text)


def _plain(value: object) -> object:
    if isinstance(value, np.generic):  # SQLite would store a NumPy integer as a blob
        return value.item()
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, sort_keys=True)
    return None if value is pd.NA else value

"""Brings the rows of several stores together, as long as they tell the same."""

from collections.abc import Callable, Mapping
from typing import Any

from .errors import StoreError
from .schema import TABLES
from .store import Store

# What differs between two measurements of the same: times, and words about it.
FREE = frozenset({"seconds", "images_per_second", "reason", "summary"})
TIMED = frozenset({"measured", "spread", "drift"})  # of a measurement in milliseconds
# Settings that must be the same, of those that are no part of a study's file: digests, and facts of a table.
PINNED_ENDS = ("_sha256",)
PINNED_STARTS = ("environment.source.", "best.", "training_seeds")

Add = Callable[[str, Mapping[str, Any]], bool]


def merge_rows(store: Store, add: Add, other: Store, name: str) -> None:
    """Add the rows of `other`, called `name`, by `add` of `store.filling()`; a row that is there already stays.

    A training that ended in an error makes way for one that did not.

    Raises:
        StoreError: a row of the same key tells something else (but for times and reasons), a proxy was scored on two
            devices, or a digest in the settings differs. The message names both values.
    """
    with other.snapshot():
        _check_settings(store, other, name)
        left_out: set[tuple[Any, ...]] = set()  # trainings
        for table in TABLES:
            for row in other.each_row(table):
                if table == "epochs" and _training(row) in left_out:
                    continue
                before = store.row(table, row) if table == "trainings" else None
                if before is not None and row["status"] == "error":
                    left_out.add(_training(row))
                    continue
                if before is not None and before["status"] == "error":
                    store.remove_failed(row)
                if not add(table, row):
                    _check_same(store, table, row, name)
    for proxy, one, another in store.scored_on_two_devices():
        raise StoreError(f"{name}: scores of {proxy} were measured on other devices ({one!r} and {another!r})")


def _training(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What an epoch and its training have in common."""
    return tuple(row[column] for column in TABLES["epochs"].key if column in TABLES["trainings"].key)


def _check_settings(store: Store, other: Store, name: str) -> None:
    mine = dict(store.settings()[["key", "value"]].itertuples(index=False, name=None))
    for key, value in other.settings()[["key", "value"]].itertuples(index=False, name=None):
        pinned = key.endswith(PINNED_ENDS) or key.startswith(PINNED_STARTS)
        if pinned and mine.get(key, value) != value:
            raise StoreError(f"{name}: measured under other settings ({key} is {value!r}, not {mine[key]!r})")


def _check_same(store: Store, table: str, row: Mapping[str, Any], name: str) -> None:
    before = store.row(table, row)
    assert before is not None  # its key is there
    free = FREE | {"value"} if table == "settings" else FREE
    if table == "measurements" and row["quantity"] == "latency_ms":
        free |= TIMED
    for column, value in row.items():
        if column not in free and before[column] != value:
            key = ", ".join(f"{part} {row[part]}" for part in TABLES[table].key)
            raise StoreError(f"{name}: {table} ({key}): {column} is {value!r}, not {before[column]!r} as before")

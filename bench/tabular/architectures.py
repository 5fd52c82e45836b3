"""The architectures of a table or a list, in their normal form."""

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from ...space import Collection, Space, is_winner, read_winners
from ...space.spelling import bare
from ..errors import UsageError
from .columns import ARCHITECTURE, INDEX, find
from .files import read_frame, read_text

INDEXED = ("nasbench201",)  # spaces whose architectures have a number of their own


def with_architectures(frame: pd.DataFrame, path: str | Path, within: Space[Any]) -> pd.DataFrame:
    """The table with a column `architecture`, of normal forms, and without the columns that have no name.

    UsageError where no column holds the architectures, or one of them is none of the space.
    """
    named = frame.loc[:, [bool(str(name).strip()) for name in frame.columns]]
    column = find(named.columns, (*ARCHITECTURE, *(INDEX if within.name in INDEXED else ())))
    if column is not None:
        texts = named[column]
    elif _first_holds_texts(frame, named):
        texts = frame.iloc[:, 0]  # as a frame of pandas is written whose index is the architectures
    else:
        there = ", ".join(map(str, named.columns))
        raise UsageError(f"table {path}: no column 'architecture'; there are: {there}")
    normal = normaliser(f"table {path}", within)
    # The name as it is written is free for a column of another kind once the architectures have left it.
    rest = named.drop(columns=[name for name in (column, "architecture") if name in named])
    return pd.concat([texts.map(normal).rename("architecture"), rest], axis=1)


def read_architectures(path: str | Path, within: Space[Any]) -> list[str]:
    """Architectures of a file, in their normal form, each once: one per line, or a column of a CSV.

    Lines that begin with # are comments.
    """
    lines = [line.strip() for line in read_text(path).splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        raise UsageError(f"{path}: the file has no architectures")
    if find(next(csv.reader(lines[:1])), ARCHITECTURE) is not None:
        return list(dict.fromkeys(with_architectures(read_frame(path), path, within).architecture))
    return list(dict.fromkeys(map(normaliser(str(path), within), lines)))


def read_any(path: str | Path, within: Space[Any] | Collection | None) -> list[str]:
    """Architectures of a file as texts: networks as TinyNAS writes them, or as `read_architectures` reads them.

    Without `within`, one per line, of any family.
    """
    text = read_text(path)
    if is_winner(bare(text)):
        try:
            return [str(winner) for winner in read_winners(bare(text))]
        except ValueError as error:
            raise UsageError(f"{path}: {error}") from None
    if isinstance(within, Space):
        return read_architectures(path, within)
    return [line.strip() for line in text.splitlines() if line.strip() and not line.strip().startswith("#")]


def normaliser(where: str, within: Space[Any]) -> Callable[[object], str]:
    """A function from a text to the architecture's normal form; its UsageError begins with `where`."""

    @cache
    def parsed(text: str) -> str:
        try:
            return str(within.parse(text))
        except ValueError as error:
            raise UsageError(f"{where}: architecture {text[:60]!r}: {error}") from None

    def normal(text: object) -> str:
        if text is None or text != text:
            raise UsageError(f"{where}: a row has no architecture")
        return parsed(str(text))

    return normal


def _first_holds_texts(frame: pd.DataFrame, named: pd.DataFrame) -> bool:
    unnamed = frame.shape[1] > 0 and not str(frame.columns[0]).strip()
    return unnamed and frame.shape[1] > named.shape[1] and not pd.api.types.is_numeric_dtype(frame.iloc[:, 0])

"""`convert`: the files of a tabular benchmark, made a table that `--table` reads."""

import csv
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TextIO

import typer

from ..errors import UsageError
from ..progress import stage
from ..tabular import nats


def convert(
    benchmark: Annotated[str, typer.Argument(help="nats-bench.")],
    path: Annotated[
        Path,
        typer.Argument(help="Its folder NATS-tss-v1_0-3ffb9-simple, or its .pickle.pbz2 file (needs much memory)."),
    ],
    out: Annotated[Path, typer.Option("--out", help="CSV file, which must not exist yet.")],
    epochs: Annotated[int, typer.Option("--epochs", help="How long the networks were trained: 200 or 12.")] = 200,
) -> None:
    """Convert a benchmark's files to a CSV of accuracies. They are pickles, which can run code: trust their source."""
    if benchmark != "nats-bench":
        raise UsageError(f"convert {benchmark}: choose nats-bench")
    if epochs not in nats.EPOCHS:
        raise UsageError(f"--epochs {epochs}: choose {' or '.join(map(str, nats.EPOCHS))}")
    _refuse_existing(out)
    cells = nats.NatsBench(path)
    with _new_file(out) as file, stage("convert", len(cells)) as advance:
        table = csv.DictWriter(file, nats.COLUMNS, lineterminator="\n")
        table.writeheader()
        for index in range(len(cells)):
            table.writerow(cells.row(index, epochs))
            advance("")
    print(out)


@contextmanager
def _new_file(path: Path) -> Iterator[TextIO]:
    """A file that gets its name when it is whole, and only if there is none of that name."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {path}: {error.strerror or error}") from None
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", newline="") as file:
            yield file
        _refuse_existing(path)  # minutes have passed
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise UsageError(f"--out {path}: exists; choose another name, or remove it")

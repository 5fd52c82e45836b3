"""`convert`: the files of a tabular benchmark as a table that `--table` reads."""

import csv
import io
from pathlib import Path
from typing import Annotated, Literal

import typer

from ...results.files import replace
from ..errors import UsageError
from ..progress import stage
from ..tabular import nats


def convert(
    benchmark: Annotated[
        Literal["nats-bench"], typer.Argument(metavar="BENCHMARK", help="The benchmark that the files belong to.")
    ],
    path: Annotated[
        Path,
        typer.Argument(
            metavar="PATH",
            help="The folder NATS-tss-v1_0-3ffb9-simple, or the file NATS-tss-v1_0-3ffb9.pickle.pbz2, "
            "which needs more than 12 GB of memory.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="CSV file to write; it must not exist yet.")],
    epochs: Annotated[
        int, typer.Option("--epochs", help="Epochs that the networks were trained for: 200 or 12.")
    ] = 200,
) -> None:
    """Convert the files of a tabular benchmark to a CSV of accuracies.

    The files are pickles, and a pickle can run any code: convert only files from a source that you trust.
    """
    if epochs not in nats.EPOCHS:
        raise UsageError(f"--epochs {epochs}: choose {' or '.join(map(str, nats.EPOCHS))}")
    _refuse_existing(out)
    cells = nats.NatsBench(path)
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, nats.COLUMNS, lineterminator="\n")
    table.writeheader()
    with stage("convert", len(cells)) as advance:
        for index in range(len(cells)):
            table.writerow(cells.row(index, epochs))
            advance("")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {out}: {error.strerror or error}") from None
    _refuse_existing(out)  # minutes have passed
    replace(out, text.getvalue().encode())
    print(out)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise UsageError(f"--out {path}: this file exists; choose another name, or remove it")

"""`export`: a trained network, for use elsewhere."""

import json
import math
from pathlib import Path
from typing import Annotated, Literal

import typer

from ... import train
from ..progress import say


def export(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="A .pt file that a training wrote.")],
    out: Annotated[Path, typer.Option("--out", help="File to write.")],
    format_name: Annotated[
        Literal["torch", "onnx"] | None,
        typer.Option("--format", help="torch needs torch alone to run; default: by the file's name."),
    ] = None,
) -> None:
    """Write a trained network to a file; print what is known of it, preprocessing included, as one JSON line."""
    wanted = format_name or ("onnx" if out.suffix == ".onnx" else "torch")
    about = train.export(checkpoint, wanted, out)
    if about["epochs_done"] < about["epochs"]:
        say(f"note: the training was not finished: {about['epochs_done']} of {about['epochs']} epochs were done")
    elif about["accuracy"] is None or not math.isfinite(about["accuracy"]):
        say("note: the training diverged; the network is of no use")
    print(json.dumps(about))
    say(f"network: {out}")

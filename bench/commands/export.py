"""`export`: write a trained network to a file."""

import json
import math
from pathlib import Path
from typing import Annotated, Literal

import typer

from ... import train
from ..messages import say
from . import options


def export(
    checkpoint: Annotated[Path, typer.Argument(metavar="CHECKPOINT", help="A checkpoint (.pt) that a training wrote.")],
    out: Annotated[Path, typer.Option("--out", help="File to write, for example network.onnx.")],
    format_name: Annotated[
        Literal["torch", "onnx"] | None,
        typer.Option(
            "--format",
            metavar=options.choices(train.FORMATS),
            help="torch: a program that runs with PyTorch alone. Default: onnx for a file .onnx, otherwise torch.",
        ),
    ] = None,
) -> None:
    """Write a trained network to a file, for use elsewhere.

    The facts about the network, with how its images are prepared, are printed as one JSON line.
    """
    wanted = format_name or ("onnx" if out.suffix == ".onnx" else "torch")
    about = train.export(checkpoint, wanted, out)
    if about["epochs_done"] < about["epochs"]:
        say(f"note: the training is not finished: {about['epochs_done']} of {about['epochs']} epochs are done")
    elif about["accuracy"] is None or not math.isfinite(about["accuracy"]):
        say("note: the training diverged, so this network is useless")
    print(json.dumps(about))
    say(f"network: {out}")

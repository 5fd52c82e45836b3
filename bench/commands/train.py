"""`train`: one architecture, trained."""

import json
from dataclasses import replace
from typing import Annotated

import typer

import train as training
from bench.commands import options
from bench.errors import UsageError
from bench.executors import open_executor
from bench.jobs import TrainJob
from bench.progress import say
from results import Store, study_lock


def train(
    architecture: Annotated[str, typer.Argument(metavar="ARCH", help="A structure string.")],
    data: Annotated[str, typer.Option("--data", help="Data set; see `zsbench list datasets`.")],
    recipe: Annotated[str, typer.Option("--recipe", help="Recipe; see `zsbench list recipes`.")],
    out: options.Out,
    data_root: options.DataRoot = None,
    epochs: Annotated[int | None, typer.Option("--epochs", min=1, help="Default: the recipe's.")] = None,
    seed: options.Seed = 0,
    resolution: options.Resolution = None,
    train_limit: Annotated[int | None, typer.Option("--train-limit", min=1, help="Training images used.")] = None,
    device: options.Device = "auto",
) -> None:
    """Train one architecture and print its accuracy row as one JSON line. Run again, it goes on where it was."""
    text = str(options.architecture(architecture))
    try:
        count = epochs or training.recipe(recipe).epochs
    except ValueError as error:
        raise UsageError(f"--recipe: {error}") from None
    resolved = options.device(device)
    job = TrainJob(text, data, recipe, count, seed, resolved, data_root, resolution, train_limit)
    checkpoint = out / "checkpoints" / f"{job.digest}.pt"
    try:
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {out}: {error.strerror or error}") from None
    if (out / "study.toml").exists():
        raise UsageError(f"--out {out}: this is the folder of a study; choose another")
    # With one thread, as studies train: the same weights come out.
    with study_lock(out), Store(out / "results.sqlite") as store, open_executor(1, 1, ()):
        row, history = replace(job, checkpoint=str(checkpoint)).run(on_epoch=_tell)
        store.add_training(row, history)
    print(json.dumps(row))
    say(f"checkpoint: {checkpoint}")
    if row["status"] != "ok":
        say(f"training ended with status {row['status']}: {row['reason']}")
        raise typer.Exit(1)


def _tell(epoch: training.Epoch) -> None:
    accuracy = "" if epoch.accuracy is None else f", accuracy {epoch.accuracy:.2f} %"
    say(f"epoch {epoch.epoch}: loss {epoch.loss:.4f}, {epoch.seconds:.1f} s{accuracy}")

"""`train`: train one architecture."""

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

import typer

from ... import train as training
from ...results import Store, study_lock
from ...results.schema import TABLES
from ..errors import UsageError
from ..executors.local import open_executor
from ..images import tell_passed_over
from ..jobs import TrainJob
from ..messages import say
from ..ranges import MAX_INTEGER
from . import options
from .scalars import scalars


def train(
    architecture: Annotated[
        str, typer.Argument(metavar="ARCH", help="Text of an architecture, or @FILE that holds one.")
    ],
    data: Annotated[
        str,
        typer.Option(
            "--data", metavar=options.choices(training.DATASETS), help="Data set; see `zsbench list datasets`."
        ),
    ],
    recipe: Annotated[
        str,
        typer.Option("--recipe", metavar=options.choices(training.RECIPES), help="Recipe; see `zsbench list recipes`."),
    ],
    out: options.Out,
    data_root: options.DataRoot = None,
    download: Annotated[
        bool, typer.Option("--download", help="Download CIFAR into --data-root if it is not there.")
    ] = False,
    epochs: Annotated[
        int | None,
        typer.Option("--epochs", min=1, max=MAX_INTEGER, help="Passes over the train images; default: the recipe's."),
    ] = None,
    seed: options.Seed = 0,
    resolution: Annotated[
        int | None,
        typer.Option("--resolution", min=1, help="Side of the images in pixels; default: that of the data set."),
    ] = None,
    train_limit: Annotated[
        int | None, typer.Option("--train-limit", min=1, max=MAX_INTEGER, help="Largest number of train images.")
    ] = None,
    device: options.Device = "auto",
    precision: Annotated[
        Literal["auto", "float32", "bfloat16"],
        typer.Option(
            "--precision",
            metavar=options.choices(training.PRECISIONS),
            help="Number format of the convolutions; auto: bfloat16 if the device has hardware for it.",
        ),
    ] = "auto",
    compile: Annotated[bool, typer.Option("--compile", help="Compile the network with torch.compile.")] = False,
    evaluate_every: Annotated[
        int | None,
        typer.Option(
            "--evaluate-every",
            min=1,
            help="Measure the accuracy after every N epochs; default: after the last one only.",
        ),
    ] = None,
    readers: Annotated[
        int | None,
        typer.Option(
            "--readers", min=0, help="Processes that read the files of ImageNet; default: one per core, at most 16."
        ),
    ] = None,
    imports: options.Imports = None,
    tensorboard: Annotated[
        Path | None, typer.Option("--tensorboard", help="Folder for TensorBoard: loss, accuracy, … of each epoch.")
    ] = None,
) -> None:
    """Train one architecture and print its accuracy row as one JSON line. Run again, it continues where it stopped.

    Under `torchrun`, all its processes train one network together.
    """
    options.load_imports(imports)
    text = str(options.architecture(architecture))
    try:
        count = epochs or training.recipe(recipe).epochs
    except ValueError as error:
        raise UsageError(f"--recipe: {error}") from None
    tell_passed_over(training.open_images(data, data_root, resolution, train_limit, download=download))
    job = TrainJob(text, data, recipe, count, seed, options.device(device), data_root, resolution, train_limit)
    job = replace(job, precision=precision, compile=compile, readers=readers, evaluate_every=evaluate_every)
    job = replace(job, checkpoint=str(_folder(out) / f"{job.digest}.pt"))
    with training.join_group() as group, ExitStack() as stack:
        if group.rank:  # only the first process prints and stores the result
            row, _ = _run(job, None, group)
            _end(row)
            return
        stack.enter_context(study_lock(out))
        store = stack.enter_context(Store(out / "results.sqlite"))
        stack.enter_context(open_executor(1, 1, ()))  # one thread, as in a study, so that the weights are the same
        write = stack.enter_context(scalars(tensorboard))

        def tell(epoch: training.Epoch) -> None:
            _tell(epoch)
            write(epoch)

        row, history = _run(job, tell, group)
        store.add_training(row, history)
        _compare(row, store)
    print(json.dumps(row))
    if history:
        say(f"checkpoint: {job.checkpoint}")
    _end(row)


def _end(row: dict[str, object]) -> None:
    """Exit with 1 if the training did not finish; under torchrun that ends the other processes."""
    if row["status"] != "ok":
        say(f"the training ended with status {row['status']}: {row['reason']}")
        raise typer.Exit(1)


def _compare(row: dict[str, object], store: Store) -> None:
    """Say so if the store has another result of this training: in another precision, or with other images."""
    key = {column: row[column] for column in TABLES["trainings"].key}
    (kept,) = store.trainings(**key).itertuples()
    if row["status"] == "ok" and kept.accuracy != row["accuracy"]:
        say(f"note: {store.path} already has a result of this training, accuracy {kept.accuracy} %, and keeps it")


def _folder(out: Path) -> Path:
    """Where checkpoints go."""
    folder = out / "checkpoints"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {out}: {error.strerror or error}") from None
    if (out / "study.toml").exists():
        raise UsageError(f"--out {out}: this is the folder of a study; choose another")
    return folder


def _run(
    job: TrainJob, on_epoch: Callable[[training.Epoch], None] | None, group: training.Group
) -> tuple[dict[str, object], list[dict[str, object]]]:
    try:
        return job.run(on_epoch, group)
    except training.RecipeError as error:
        raise UsageError(f"--recipe {job.recipe}: {error}") from None


def _tell(epoch: training.Epoch) -> None:
    accuracy = "" if epoch.accuracy is None else f", accuracy {epoch.accuracy:.2f} %"
    say(f"epoch {epoch.epoch}: loss {epoch.loss:.4f}, {epoch.seconds:.1f} s{accuracy}")

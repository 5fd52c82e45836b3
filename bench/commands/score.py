"""`score` and `check-proxy`: scores without a search."""

import json
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ...space import IMAGE_CHANNELS, SPACES, TINYNAS, Collection, Space
from ..errors import UsageError
from ..executors.job import run_job
from ..executors.local import open_executor
from ..jobs import ContractJob, ModelJob, ScoreJob
from ..messages import say
from ..models import open_model
from . import options

MODEL_SIDE = 224  # pixels, of the images of a model unless told otherwise


@options.with_score_options
def score(
    proxy: options.ProxyNames,
    how: options.ScoreOptions,
    space: Annotated[
        str | None,
        typer.Option("--space", metavar=options.choices((*SPACES, TINYNAS.name)), help="Space of the architectures."),
    ] = None,
    models: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            metavar="[FILE.py:FUNCTION|torchvision:NAME|timm:NAME]",
            help="A network of your own, in place of architectures of a space. Repeatable.",
        ),
    ] = None,
    input_shape: Annotated[
        str | None, typer.Option("--input", help="Shape of one input of --model; default: 3,224,224.")
    ] = None,
    architectures: Annotated[
        list[str] | None,
        typer.Argument(metavar="[ARCH]...", help="Texts of architectures, or @FILE; default: lines of stdin."),
    ] = None,
    imports: options.Imports = None,
    as_json: options.Json = False,
) -> None:
    """Score architectures, or networks of your own, by one or several proxies.

    Architectures are arguments, or one per line on stdin.
    """
    if (space is None) == (models is None) or (models and architectures):
        raise UsageError("score: give --space and architectures, or --model")
    options.load_imports(imports)
    names = options.proxy_names(proxy)
    jobs: Sequence[ScoreJob | ModelJob] = (
        _model_jobs(models, input_shape, how, names) if models else _jobs(space or "", architectures, how, names)
    )
    if input_shape and not models:
        raise UsageError("--input: for --model; architectures of a space take --resolution")
    succeeded = False
    # With one thread as in a study, so that the values are the same.
    files = () if models else imports or ()  # a worker could not be sent a module
    with open_executor(1, 1, files, device="cpu" if models else jobs[0].setting.device) as executor:
        for job in jobs:
            row = executor.submit(run_job, job).result()
            succeeded |= row["status"] == "ok"
            print(json.dumps(row) if as_json else _line(row), flush=True)
            if row["status"] == "ok" and row["reason"] and not as_json:
                say(f"{row['proxy']}: {row['reason']}")
    if not succeeded:
        raise typer.Exit(1)


def _jobs(
    space: str, architectures: list[str] | None, how: options.ScoreOptions, names: list[str]
) -> Sequence[ScoreJob | ModelJob]:
    within = TINYNAS if space == TINYNAS.name else options.space_named(space)
    setting = how.setting(within, names)
    return [ScoreJob(name, text, setting) for text in _texts(architectures, within) for name in names]


def _model_jobs(
    models: list[str], input_shape: str | None, how: options.ScoreOptions, names: list[str]
) -> Sequence[ModelJob]:
    side = how.resolution or MODEL_SIDE
    shape = _shape(input_shape) if input_shape else (IMAGE_CHANNELS, side, side)
    opened = [open_model(text, shape, how.num_classes) for text in models]
    return [ModelJob(name, model, how.setting_of_model(model, names)) for model in opened for name in names]


def _shape(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in text.replace("x", ",").split(","))
    except ValueError:
        raise UsageError(f"--input {text}: give the shape of one input, such as 3,224,224") from None


def _texts(arguments: list[str] | None, within: Space | Collection) -> list[str]:
    """Architectures in their normal form."""
    if not arguments and (sys.stdin is None or sys.stdin.isatty()):
        raise UsageError("score: give architectures as arguments, or one per line on stdin")
    lines = arguments or [line.strip() for line in sys.stdin if line.strip()]
    if not lines:
        raise UsageError("score: stdin has no architecture; give one per line, or give them as arguments")
    # All lines are read before the first is scored, so that a typing error in the last one does not cost an hour.
    return [str(found) for found in options.architectures(lines, within)]


def _line(row: dict[str, Any]) -> str:
    numbers = row["components"] or (() if row["value"] is None else (row["value"],))
    value = " ".join(f"{number:.8g}" for number in numbers) or f"{row['status']} ({row['reason']})"
    return f"{row['proxy']}\t{value}\t{row['seconds']:.3f} s\t{row['architecture']}"


def check_proxy(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A proxy; see `zsbench list proxies`.")],
    imports: options.Imports = None,
    device: options.Device = "auto",
) -> None:
    """Check that a proxy keeps the contract: reproducible, finite, uses only what it declares."""
    options.load_imports(imports)
    resolved = options.device(device)
    failed = 0
    job = ContractJob(options.one_proxy(name, "check-proxy: name one proxy", "check-proxy"), resolved)
    with open_executor(1, 1, imports or (), device=resolved) as executor:
        for check in executor.submit(run_job, job).result():
            failed += not check.passed
            print(f"{'ok' if check.passed else 'FAILED':8}{check.name}{': ' + check.detail if check.detail else ''}")
    if failed:
        say(f"{name}: {failed} {'check' if failed == 1 else 'checks'} failed")
        raise typer.Exit(1)

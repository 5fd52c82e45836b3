"""Training one architecture: from a structure and a recipe to an accuracy.

All randomness derives from (seed, purpose, place), so the state at a step is known from the seed and the number of
steps done: a resumed training ends as an uninterrupted one, and no global generator is read or moved.
"""

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from .. import space
from . import checkpoint as checkpoints
from .group import ALONE, Group
from .images import DataError
from .job import Images, Job
from .precision import resolved
from .recipe import Recipe
from .run import Progress, Run
from .training import Epoch, Training, finished

CHECKPOINT_SECONDS = 600  # between checkpoints within an epoch


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """A training was asked to stop, and has saved where it was."""


def train(
    architecture: space.Architecture,
    data: Images,
    recipe: Recipe,
    seed: int = 0,
    device: torch.device | str = "cpu",
    epochs: int | None = None,
    checkpoint: Path | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    evaluate_every: int | None = None,
    precision: str = "auto",
    compiled: bool = False,
    stop: Callable[[], bool] = lambda: False,
    group: Group = ALONE,
) -> Training:
    """Train the network of an architecture, with its shortcuts, and measure its accuracy on the test images.

    `epochs` replaces the recipe's number. With `checkpoint`, a file, the training is saved after each epoch, and within
    long ones every ten minutes, and goes on from there when it is called again; a finished one is returned as it was.
    `on_epoch` is called after each epoch that is run here, once it is saved. The accuracy is measured after the last
    epoch, and with `evaluate_every` after each epoch whose number it divides. `precision`: see `train.precision`;
    `compiled`: torch.compile has the network. `stop` is asked between two steps; where it says so, the training is
    saved and `Stopped` raised. In a `group` all processes call this alike; the first one saves.

    Where torch cannot go on (out of memory, a map too small for batch norm) or the loss is not finite, that is the
    result's status and not an exception. An image that cannot be read is a DataError; what `on_epoch` raises passes
    through.
    """
    total = recipe.epochs if epochs is None else epochs
    if total < 1:
        raise ValueError(f"epochs must be at least 1, got {total}")
    if evaluate_every is not None and evaluate_every < 1:
        raise ValueError(f"evaluate_every must be at least 1 epoch, got {evaluate_every}")
    device = torch.device(device)
    number_format = resolved(precision, device)
    job = Job(architecture, data, recipe, seed, total, precision)
    state = checkpoints.load(checkpoint, job.fingerprint) if checkpoint else None
    history: list[Epoch] = [Epoch(**fields) for fields in state["history"]] if state else []
    if state and finished(history, total):
        return job.result(history, None, state["device"], state["precision"])
    if state and precision == "auto":  # as it began, wherever it goes on
        number_format = state["precision"]
    ran_on = _device_name(device), number_format
    try:
        run = Run(job, device, number_format, compiled, group)
    except RuntimeError as error:
        return job.result(history, f"building the network: {_first_line(error)}", *ran_on)
    if state:
        run.restore(state)
    progress = Progress(**state["progress"]) if state else Progress()
    keeper = _Keeper(checkpoint, job, run, history, ran_on, stop, group)
    try:
        failure = _run_epochs(job, run, history, progress, keeper, evaluate_every, on_epoch)
    finally:
        run.close()
    return job.result(history, failure, *ran_on)


def _run_epochs(
    job: Job,
    run: Run,
    history: list[Epoch],
    progress: Progress,
    keeper: "_Keeper",
    evaluate_every: int | None,
    on_epoch: Callable[[Epoch], None] | None,
) -> str | None:
    """Run what is left, adding to `history`; what torch said where it could not go on."""
    while not finished(history, job.epochs):
        number = len(history) + 1
        measure = number == job.epochs or (evaluate_every is not None and number % evaluate_every == 0)
        try:
            history.append(run.epoch(number, measure, progress, keeper.after_step))
        except DataError:  # nothing that the network did
            raise
        except (RuntimeError, ValueError) as error:
            return f"epoch {number}: {_first_line(error)}"
        progress = Progress()
        keeper.save(progress)
        if on_epoch:
            on_epoch(history[-1])
        if not finished(history, job.epochs):
            keeper.after_step(progress)
    return None


class _Keeper:
    """Saves a training, after its epochs and within them."""

    def __init__(
        self,
        path: Path | None,
        job: Job,
        run: Run,
        history: list[Epoch],
        ran_on: tuple[str, str],
        stop: Callable[[], bool],
        group: Group,
    ):
        self.path, self.job, self.run, self.history = path, job, run, history
        self.ran_on, self.stop, self.group = ran_on, stop, group
        self.saved = time.monotonic()

    def after_step(self, progress: Progress) -> None:
        """Save now and then; save and raise `Stopped` where the training shall stop."""
        due = time.monotonic() - self.saved > CHECKPOINT_SECONDS
        saving, stopping = self.group.agreed(due, self.stop())
        if saving or stopping:
            self.save(progress)
        if stopping:
            raise Stopped

    def save(self, progress: Progress) -> None:
        """Write a checkpoint, if there is a file for it: the first process of a group does, but all have to call."""
        # Each process knows the losses of its own parts. All go on from one file: it gives each an equal share.
        progress.loss = self.group.total(progress.loss) / self.group.size
        self.saved = time.monotonic()
        if self.path is None or self.group.rank > 0:
            return
        device, precision = self.ran_on
        state: checkpoints.State = {
            "fingerprint": self.job.fingerprint,
            "network": self.job.network,
            "preprocessing": self.job.preprocessing,
            **self.run.state(),
            "history": [asdict(epoch) for epoch in self.history],
            "progress": _plain(progress),
            "device": device,
            "precision": precision,
        }
        checkpoints.save(self.path, state)


def _plain(progress: Progress) -> dict[str, Any]:
    return {"step": progress.step, "loss": progress.loss.cpu(), "seconds": progress.seconds}


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device.type)

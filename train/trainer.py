"""Train one architecture: the loop over epochs and steps, with its checkpoints.

All random numbers derive from (seed, purpose, place), so the seed and the number of steps done decide the state of a
training: a resumed training ends exactly as an uninterrupted one, and global generators are neither read nor changed.
"""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Any

import torch

from .. import space
from . import checkpoint as checkpoints
from .data import DataError, Images
from .group import ALONE, Group
from .learner import Learner
from .optimiser import learning_rate
from .plan import TrainingPlan
from .precision import resolve_precision
from .recipe import Recipe
from .training import Epoch, Training, is_finished, summarise

CHECKPOINT_SECONDS = 600  # between checkpoints within an epoch


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """A training was asked to stop; it is saved at the step that it had reached."""


def train(
    architecture: space.Architecture,
    data: Images,
    recipe: Recipe,
    *,
    on_epoch: Callable[[Epoch], None] | None = None,
    stop: Callable[[], bool] = lambda: False,
    group: Group = ALONE,
    **settings: Any,
) -> Training:
    """Train the network of an architecture, with its shortcuts, and measure its accuracy on the test images.

    `settings` are the other fields of `TrainingPlan`: seed, epochs, evaluate_every, precision, compile, device,
    checkpoint. With a checkpoint file the training is saved after each epoch, and every ten minutes within a long
    epoch. Called again, it continues from there; if it had finished, its result is returned at once. `on_epoch` is
    called after each epoch that runs here, once it is saved. `stop` is asked between two steps; if it returns True, the
    training is saved and `Stopped` raised. In a `group` all processes make the same call; the first one saves.

    If torch fails (out of memory, a map too small for batch norm) or the loss is not finite, the status of the result
    says so and nothing is raised. An image that cannot be read raises DataError, a recipe that cannot be followed
    RecipeError. Exceptions of `on_epoch` pass through.
    """
    plan = TrainingPlan(architecture, data, recipe, **settings)
    saved = checkpoints.load(plan.checkpoint, plan.fingerprint) if plan.checkpoint else None
    history = [Epoch(**fields) for fields in saved["history"]] if saved else []
    if saved and is_finished(history, plan.epoch_count):
        return summarise(plan, history, None, saved["device"], saved["precision"])
    precision = resolve_precision(plan.precision, torch.device(plan.device))
    if saved and plan.precision == "auto":  # the precision that it began with, on whichever device it continues
        precision = saved["precision"]
    try:
        trainer = Trainer(plan, precision, group)
    except RuntimeError as error:
        reason = f"building the network: {_first_line(error)}"
        return summarise(plan, history, reason, _device_name(plan.device), precision)
    with closing(trainer):
        if saved:
            trainer.restore(saved)
        for epoch in trainer.run(stop):
            if on_epoch:
                on_epoch(epoch)
    return trainer.result()


@dataclass
class Progress:
    """The position within an epoch: steps done, the sum of their losses, seconds spent."""

    step: int = 0
    loss: torch.Tensor = field(default_factory=lambda: torch.zeros(()))
    seconds: float = 0.0


class Trainer:
    """A training in progress: the epochs done, the position within the next one, and what learns."""

    def __init__(self, plan: TrainingPlan, precision: str, group: Group = ALONE):
        """`precision` is float32 or bfloat16."""
        self.plan, self.precision, self.group = plan, precision, group
        self.learner = Learner(plan, precision, group)
        self.history: list[Epoch] = []
        self.progress = Progress()
        self.failure: str | None = None  # the error of torch, if it failed
        self._saved_at = time.monotonic()

    def run(self, stop: Callable[[], bool]) -> Iterator[Epoch]:
        """Run the epochs that are left, and yield each once it is saved; `Stopped` as `train` says."""
        while not self.finished:
            try:
                epoch = self.run_epoch(stop)
            except DataError:  # not a failure of the network
                raise
            except (RuntimeError, ValueError) as error:
                self.failure = f"epoch {len(self.history) + 1}: {_first_line(error)}"
                return
            self.history.append(epoch)
            self.save()
            yield epoch
            if not self.finished:
                self.pause(stop)

    def run_epoch(self, stop: Callable[[], bool] = lambda: False) -> Epoch:
        """Run the steps that are left of the next epoch, and measure the accuracy if the plan says so.

        Losses stay on the device: reading one at each step would wait for it.
        """
        plan, learner, progress = self.plan, self.learner, self.progress
        number = len(self.history) + 1
        start = time.perf_counter() - progress.seconds
        learner.network.train()
        progress.loss = progress.loss.to(learner.device)
        batches = learner.batches(number, progress.step)
        for step in range(progress.step, plan.steps):
            progress.loss = progress.loss + learner.step(batches, self._rate(number, step))
            progress.step = step + 1
            progress.seconds = time.perf_counter() - start
            if progress.step < plan.steps or plan.evaluates(number):  # measuring the accuracy may take long
                self.pause(stop)
        loss = (self.group.total(progress.loss) / plan.steps).item()
        seconds = time.perf_counter() - start
        self.group.average_buffers(learner.network)
        accuracy = learner.accuracy() if plan.evaluates(number) and math.isfinite(loss) else None
        self.progress = Progress()
        return Epoch(number, loss, accuracy, self._rate(number, plan.steps - 1), seconds)

    def _rate(self, epoch: int, step: int) -> float:
        plan = self.plan
        return learning_rate(plan.recipe, (epoch - 1) * plan.steps + step, plan.steps, plan.epoch_count)

    @property
    def finished(self) -> bool:
        """Whether no epoch is left to run."""
        return is_finished(self.history, self.plan.epoch_count)

    def pause(self, stop: Callable[[], bool]) -> None:
        """Between two steps: save if the last checkpoint is old; if `stop` says so, save and raise `Stopped`."""
        due = time.monotonic() - self._saved_at > CHECKPOINT_SECONDS
        saving, stopping = self.group.agree(due, stop())
        if saving or stopping:
            self.save()
        if stopping:
            raise Stopped

    def save(self) -> None:
        """Write a checkpoint if the plan names a file. All processes of a group call this; the first one writes."""
        # Each process knows the losses of its own parts. All resume from one file, which gives each an equal share.
        self.progress.loss = self.group.total(self.progress.loss) / self.group.size
        self._saved_at = time.monotonic()
        if self.plan.checkpoint is None or self.group.rank > 0:
            return
        state: checkpoints.State = {
            "fingerprint": self.plan.fingerprint,
            "network": self.plan.network,
            "preprocessing": self.plan.preprocessing,
            **self.learner.state(),
            "history": [asdict(epoch) for epoch in self.history],
            "progress": {**vars(self.progress), "loss": self.progress.loss.cpu()},
            "device": _device_name(self.plan.device),
            "precision": self.precision,
        }
        checkpoints.save(self.plan.checkpoint, state)

    def restore(self, state: checkpoints.State) -> None:
        """Continue from a checkpoint of the same plan."""
        self.learner.restore(state)
        self.history = [Epoch(**fields) for fields in state["history"]]
        self.progress = Progress(**state["progress"])

    def result(self) -> Training:
        """The training as far as it got."""
        return summarise(self.plan, self.history, self.failure, _device_name(self.plan.device), self.precision)

    def close(self) -> None:
        """End the processes that read images."""
        self.learner.close()


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _device_name(device: torch.device | str) -> str:
    device = torch.device(device)
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device.type)

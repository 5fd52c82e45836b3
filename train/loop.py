"""Training one architecture: from a structure and a recipe to an accuracy.

All randomness derives from (seed, purpose, epoch), so the state at an epoch's start is known from the seed and the
number of epochs done: a resumed training ends as an uninterrupted one, and no global generator is read or moved.
"""

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F

import space
from train import augment
from train import checkpoint as checkpoints
from train.data import DataSet
from train.init import initialise
from train.optimiser import learning_rate, sgd
from train.recipe import Recipe
from train.training import Epoch, Status, Training, finished

TEST_BATCH = 500  # images


def train(
    architecture: space.Architecture,
    data: DataSet,
    recipe: Recipe,
    seed: int = 0,
    device: torch.device | str = "cpu",
    epochs: int | None = None,
    checkpoint: Path | None = None,
    on_epoch: Callable[[Epoch], None] | None = None,
    evaluate_every: int | None = None,
) -> Training:
    """Train the network of an architecture, with its shortcuts, and measure its accuracy on the test images.

    `epochs` replaces the recipe's number. With `checkpoint`, a file, the training is saved after each epoch and goes on
    from there when it is called again; a finished one is returned as it was. `on_epoch` is called after each epoch that
    is run here, once it is saved. The accuracy is measured after the last epoch, and with `evaluate_every` after each
    epoch whose number it divides.

    Where torch cannot go on (out of memory, a map too small for batch norm) or the loss is not finite, that is the
    result's status and not an exception; what `on_epoch` raises passes through.
    """
    total = recipe.epochs if epochs is None else epochs
    if total < 1:
        raise ValueError(f"epochs must be at least 1, got {total}")
    if evaluate_every is not None and evaluate_every < 1:
        raise ValueError(f"evaluate_every must be at least 1 epoch, got {evaluate_every}")
    job = _Job(architecture, data, recipe, seed, total)
    state = checkpoints.load(checkpoint, job.fingerprint) if checkpoint else None
    history: list[Epoch] = [Epoch(**fields) for fields in state["history"]] if state else []
    if state and finished(history, total):
        return job.result(history, None, state["device"])
    device = torch.device(device)
    device_name = _device_name(device)
    try:
        run = _Run(job, device)
    except RuntimeError as error:
        return job.result(history, f"building the network: {_first_line(error)}", device_name)
    if state:
        run.network.load_state_dict(state["model"])
        run.optimiser.load_state_dict(state["optimiser"])
    failure: str | None = None
    while not finished(history, total):
        number = len(history) + 1
        measure = number == total or (evaluate_every is not None and number % evaluate_every == 0)
        try:
            history.append(run.epoch(number, measure))
        except (RuntimeError, ValueError) as error:
            failure = f"epoch {number}: {_first_line(error)}"
            break
        if checkpoint:
            checkpoints.save(checkpoint, run.state(history, device_name))
        if on_epoch:
            on_epoch(history[-1])
    return job.result(history, failure, device_name)


@dataclass(frozen=True)
class _Job:
    """What is to be trained."""

    architecture: space.Architecture
    data: DataSet
    recipe: Recipe
    seed: int
    epochs: int

    @property
    def batch_size(self) -> int:
        """Images of a step; a small set is one batch."""
        return min(self.recipe.batch_size, len(self.data.train_images))

    @property
    def steps(self) -> int:
        """Steps of an epoch. The last, partial batch is dropped: its few images would weigh more than others."""
        return len(self.data.train_images) // self.batch_size

    @property
    def fingerprint(self) -> dict[str, Any]:
        """What makes this training the one it is, in plain values."""
        return {
            "architecture": str(self.architecture),
            "dataset": self.data.name,
            "images": list(self.data.train_images.shape),
            "content": self.data.checksum,
            "recipe": asdict(self.recipe),
            "epochs": self.epochs,
            "seed": self.seed,
        }

    def result(self, history: list[Epoch], failure: str | None, device_name: str) -> Training:
        """The training as it ended."""
        status: Status = "error" if failure else "ok"
        last = history[-1] if history else None
        if last and not last.finite:
            status, failure = "nan", f"epoch {last.epoch}: the loss is {last.loss}"
        elif last and last.accuracy is not None and math.isnan(last.accuracy):
            status, failure = "nan", f"epoch {last.epoch}: the logits of test images are not finite"
        seconds = sum(epoch.seconds for epoch in history)
        cost = space.cost(self.architecture, self.data.resolution, self.data.num_classes)
        return Training(
            accuracy=last.accuracy if last and status == "ok" else None,
            status=status,
            reason=failure,
            seconds=seconds,
            images_per_second=len(history) * self.steps * self.batch_size / seconds if seconds else 0.0,
            device=device_name,
            params=cost.params,
            macs=cost.macs,
            epochs=tuple(history),
            recipe=self.recipe.name,
            dataset=self.data.name,
            seed=self.seed,
        )


class _Run:
    """A training under way: the data and the network on their device."""

    def __init__(self, job: _Job, device: torch.device):
        self.data, self.recipe, self.seed, self.epochs = job.data, job.recipe, job.seed, job.epochs
        self.fingerprint, self.device = job.fingerprint, device
        # Filled on the CPU, so that a seed means the same weights on every device.
        network = space.build(job.architecture, self.data.num_classes, residual=True, initialise=False)
        initialise(network, _generator(self.seed, "init"), self.recipe.init)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = self.recipe.bn_momentum
        self.network = network.to(device).to(memory_format=torch.channels_last)
        self.optimiser = sgd(self.network, self.recipe)
        self.images, self.labels = self.data.train_images.to(device), self.data.train_labels.to(device)
        self.mean = self.data.mean.to(device)[:, None, None]
        self.std = self.data.std.to(device)[:, None, None]
        self.batch_size, self.steps = job.batch_size, job.steps
        # bfloat16 needs no loss scaling; on CPUs and older cards it is emulated, and slower than float32.
        self.bfloat16 = device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)

    def epoch(self, number: int, measure: bool) -> Epoch:
        """Run the epoch of a number, counted from 1."""
        start = time.perf_counter()
        self.network.train()
        # The sum stays on the device: reading a loss at each step would wait for it.
        total = torch.zeros((), device=self.device)
        rate = 0.0
        for index, (images, labels) in enumerate(self._batches(number)):
            rate = learning_rate(self.recipe, (number - 1) * self.steps + index, self.steps, self.epochs)
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            loss = F.cross_entropy(self._logits(images), labels, label_smoothing=self.recipe.label_smoothing)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()
            self.optimiser.step()
            total += loss.detach()
        mean_loss = (total / self.steps).item()
        seconds = time.perf_counter() - start
        epoch = Epoch(number, mean_loss, None, rate, seconds)
        return Epoch(number, mean_loss, self._accuracy(), rate, seconds) if measure and epoch.finite else epoch

    def _batches(self, number: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Augmented, normalised images (B, 3, H, W) float32 and labels (B,) of an epoch, in its order."""
        recipe, side = self.recipe, self.data.resolution
        order = torch.randperm(len(self.images), generator=_generator(self.seed, "order", number)).to(self.device)
        draws = _generator(self.seed, "augmentation", number, self.device)
        for index in order.split(self.batch_size)[: self.steps]:
            images = self.images[index]
            if recipe.crop_pixels(side):
                images = augment.crop(images, recipe.crop_pixels(side), recipe.padding_mode, draws)
            if recipe.flip and self.data.flip:
                images = augment.flip(images, draws)
            images = self._normalised(images)
            if recipe.cutout_pixels(side):
                images = augment.cutout(images, recipe.cutout_pixels(side), draws)
            yield images, self.labels[index]

    def _normalised(self, images: torch.Tensor) -> torch.Tensor:
        return ((images.float() - self.mean) / self.std).contiguous(memory_format=torch.channels_last)

    def _logits(self, images: torch.Tensor) -> torch.Tensor:
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            return self.network(images).float()

    @torch.inference_mode()
    def _accuracy(self) -> float:
        """Top-1 on the test images, in percent; NaN where a logit is not finite, which `argmax` would pass over."""
        self.network.eval()
        batches = zip(self.data.test_images.split(TEST_BATCH), self.data.test_labels.split(TEST_BATCH), strict=True)
        correct = torch.zeros((), device=self.device)
        for images, labels in batches:
            logits = self._logits(self._normalised(images.to(self.device)))
            right = (logits.argmax(1) == labels.to(self.device)).sum()
            correct += torch.where(logits.isfinite().all(), right, torch.nan)
        return 100 * correct.item() / len(self.data.test_labels)

    def state(self, history: list[Epoch], device_name: str) -> checkpoints.State:
        """What a checkpoint holds."""
        return {
            "fingerprint": self.fingerprint,
            "model": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "history": [asdict(epoch) for epoch in history],
            "device": device_name,
        }


def _generator(seed: int, purpose: str, epoch: int = 0, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator whose stream depends on the three arguments alone (a stable hash of them), one for each use."""
    digest = hashlib.sha256(f"{seed}/{purpose}/{epoch}".encode()).digest()
    return torch.Generator(device).manual_seed(int.from_bytes(digest[:7], "big"))


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else str(device.type)

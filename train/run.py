"""A training under way: the network, the optimiser and the images on their device, and the steps of an epoch."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import torch

from .. import space
from .batches import Augmentation
from .checkpoint import Weights
from .distil import Distillation, Teacher, teacher_model
from .draws import generator, seed_of
from .group import Group
from .init import initialise
from .job import Job
from .objective import Objective
from .optimiser import learning_rate, sgd
from .reading import opened
from .recipe import RecipeError
from .training import Epoch

TEST_BATCH = 500  # images


@dataclass
class Progress:
    """How far an epoch has come: steps done, the sum of their losses, seconds spent."""

    step: int = 0
    loss: torch.Tensor = field(default_factory=lambda: torch.zeros(()))
    seconds: float = 0.0


class Run:
    """A training on a device; `precision` is float32 or bfloat16, `compiled` whether torch.compile has the network."""

    def __init__(self, job: Job, device: torch.device, precision: str, compiled: bool, group: Group):
        if job.parts % group.size:
            raise RecipeError(
                f"{group.size} processes cannot share a step of {job.parts} parts of {job.part_size} images; "
                "choose a recipe whose `norm_batch` divides its batch further, or fewer processes"
            )
        self.job, self.device, self.group = job, device, group
        self.bfloat16 = precision == "bfloat16"
        self.images = opened(job.data, device, job.resolution)
        mean, std = (moment.to(device)[:, None, None] for moment in (job.data.mean, job.data.std))
        self.augmentation = Augmentation(job.recipe, job.seed, job.data.num_classes, job.data.flip, mean, std)
        network = job.build()
        # Filled on the CPU, so that a seed means the same weights on every device.
        initialise(network, generator(job.seed, "init"), job.recipe.init)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = job.recipe.bn_momentum
        distillation = _distillation(job, network, device)
        self.network = network
        self.objective = Objective(network, job.recipe.label_smoothing, distillation)
        self.objective.to(device).to(memory_format=torch.channels_last)
        if compiled and distillation is None:
            self.network.compile()
        elif compiled:  # of the network the objective then calls this alone
            setattr(network, "stages", torch.compile(network.stages))  # noqa: B010 - a method, to mypy
        self.optimiser = sgd(self.objective, job.recipe)
        self.shared = group.shared(self.objective, device)

    def epoch(self, number: int, measure: bool, progress: Progress, after_step: Callable[[Progress], None]) -> Epoch:
        """Run what is left of the epoch of a number, counted from 1.

        `after_step` is called between two steps, and between the last and the accuracy, which may take long. The losses
        stay on the device: to read one at each step would wait for it.
        """
        job, before = self.job, progress.seconds
        start = time.perf_counter()
        self.network.train()
        progress.loss = progress.loss.to(self.device)
        rate = learning_rate(job.recipe, number * job.steps - 1, job.steps, job.epochs)
        batches = self._batches(number, progress.step)
        for step in range(progress.step, job.steps):
            rate = learning_rate(job.recipe, (number - 1) * job.steps + step, job.steps, job.epochs)
            progress.loss = progress.loss + self._step(batches, rate)
            progress.step = step + 1
            progress.seconds = before + time.perf_counter() - start
            if progress.step < job.steps or measure:
                after_step(progress)
        loss = (self.group.total(progress.loss) / job.steps).item()
        progress.seconds = before + time.perf_counter() - start
        self.group.average_buffers(self.network)
        epoch = Epoch(number, loss, None, rate, progress.seconds)
        return Epoch(number, loss, self.accuracy(), rate, progress.seconds) if measure and epoch.finite else epoch

    def _step(self, batches: Iterator[tuple[torch.Tensor, torch.Tensor]], rate: float) -> torch.Tensor:
        """One update; this process's share of its loss."""
        mine = self.job.parts // self.group.size
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        total = torch.zeros((), device=self.device)
        for part in range(mine):
            with self.group.silent(self.shared, part < mine - 1):
                with self._computing():
                    loss = self.shared(*next(batches))
                # The group averages gradients over processes, so that each counts its own parts only.
                (loss / mine).backward()
            total += loss.detach() / self.job.parts
        self.optimiser.step()
        return total

    def _batches(self, number: int, start: int) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
        """Augmented images and targets of this process's parts of an epoch, from a step on, in its order."""
        job, group = self.job, self.group
        order = torch.randperm(job.data.train_count, generator=generator(job.seed, "order", number))
        order = order[: job.steps * job.batch_size].view(job.steps, job.parts, job.part_size)
        places = [
            (number, step, part)
            for step in range(start, job.steps)
            for part in range(group.rank, job.parts, group.size)
        ]
        indices = [order[step, part] for _, step, part in places]
        seeds = [seed_of(job.seed, "crop", *place) for place in places]
        for place, (images, labels) in zip(places, self.images.train_batches(indices, seeds), strict=True):
            images, labels = (t.to(self.device, non_blocking=True) for t in (images, labels))
            yield self.augmentation(images, labels, place)

    @contextmanager
    def _computing(self) -> Iterator[None]:
        with space.fused(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            yield

    @torch.inference_mode()
    def accuracy(self) -> float:
        """Top-1 on the test images, in percent; NaN where a logit is not finite, which `argmax` would pass over."""
        self.network.eval()
        indices = torch.arange(self.job.data.test_count).split(TEST_BATCH)[self.group.rank :: self.group.size]
        correct = torch.zeros((), device=self.device)
        for images, labels in self.images.test_batches(indices):
            images, labels = (t.to(self.device, non_blocking=True) for t in (images, labels))
            with self._computing():
                logits = self.network(self.augmentation.normalised(images)).float()
            right = (logits.argmax(1) == labels).sum()
            correct += torch.where(logits.isfinite().all(), right, torch.nan)
        return 100 * self.group.total(correct).item() / self.job.data.test_count

    def state(self) -> Weights:
        """What changes while it runs, for a checkpoint."""
        extra = self.objective.distillation
        return {
            "model": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "distillation": {} if extra is None else extra.state_dict(),
        }

    def restore(self, state: Weights) -> None:
        """Go on from what `state` gave."""
        self.network.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.objective.distillation is not None:
            self.objective.distillation.load_state_dict(state["distillation"])

    def close(self) -> None:
        """End the processes that read images."""
        self.images.close()


def _distillation(job: Job, network: space.Network, device: torch.device) -> Distillation | None:
    """What the network, still on the CPU, is to learn from its recipe's teacher."""
    recipe = job.recipe
    if recipe.teacher is None:
        return None
    model = teacher_model(recipe.teacher, recipe.teacher_weights, job.data.num_classes, seed_of(job.seed, "teacher"))
    model = model.to(device).to(memory_format=torch.channels_last)
    teacher = Teacher(model, recipe.teacher_resolution, job.data.mean.to(device), job.data.std.to(device))
    distillation = Distillation(teacher, network, job.resolution)
    distillation.initialise(generator(job.seed, "projections"))
    return distillation

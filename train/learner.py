"""What learns in a training: the network, its optimiser and its images, on their device."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from .. import space
from .augment import Augmentation
from .checkpoint import Weights
from .data import Batch, open_source
from .distil import Distillation, Teacher, make_teacher_model
from .draws import derive_seed, make_generator
from .group import Group
from .init import initialise
from .objective import Objective
from .optimiser import make_sgd
from .plan import TrainingPlan
from .recipe import RecipeError

TEST_BATCH = 500  # images


class Learner:
    """Takes single steps of a plan, and measures the accuracy; `precision` is float32 or bfloat16.

    Raises RecipeError if the recipe cannot be followed: with this architecture, data set, or number of processes.
    """

    def __init__(self, plan: TrainingPlan, precision: str, group: Group):
        if plan.parts % group.size:
            raise RecipeError(
                f"{group.size} processes cannot share a step of {plan.parts} parts of {plan.part_size} images; "
                "choose a recipe whose `norm_batch` divides its batch into more parts, or fewer processes"
            )
        self.plan, self.device, self.group = plan, torch.device(plan.device), group
        self.bfloat16 = precision == "bfloat16"
        self.images = open_source(plan.data, self.device, plan.resolution)
        mean, std = (moment.to(self.device)[:, None, None] for moment in (plan.data.mean, plan.data.std))
        self.augmentation = Augmentation(plan.recipe, plan.seed, plan.data.num_classes, plan.data.flip, mean, std)
        network = plan.build()
        # Filled on the CPU, so that a seed means the same weights on every device.
        initialise(network, make_generator(plan.seed, "init"), plan.recipe.init)
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = plan.recipe.bn_momentum
        distillation = _make_distillation(plan, network, self.device)
        self.network = network
        self.objective = Objective(network, plan.recipe.label_smoothing, distillation)
        self.objective.to(self.device)
        if network.known:  # a user's module may take a view of a map
            self.objective.to(memory_format=torch.channels_last)
        if plan.compile and distillation is None:
            self.network.compile()
        elif plan.compile:  # the objective then calls nothing but `stages`
            setattr(network, "stages", torch.compile(network.stages))  # noqa: B010 - a method, to mypy
        self.optimiser = make_sgd(self.objective, plan.recipe)
        self.shared = group.share(self.objective, self.device)

    def batches(self, epoch: int, first_step: int) -> Iterator[Batch]:
        """Augmented images and targets of an epoch from a step on: this process's parts, in order."""
        plan, group = self.plan, self.group
        order = torch.randperm(plan.data.train_count, generator=make_generator(plan.seed, "order", epoch))
        order = order[: plan.steps * plan.batch_size].view(plan.steps, plan.parts, plan.part_size)
        places = [
            (epoch, step, part)
            for step in range(first_step, plan.steps)
            for part in range(group.rank, plan.parts, group.size)
        ]
        indices = [order[step, part] for _, step, part in places]
        seeds = [derive_seed(plan.seed, "crop", *place) for place in places]
        for place, (images, labels) in zip(places, self.images.train_batches(indices, seeds), strict=True):
            images, labels = (t.to(self.device, non_blocking=True) for t in (images, labels))
            yield self.augmentation(images, labels, place)

    def step(self, batches: Iterator[Batch], rate: float) -> torch.Tensor:
        """Update the weights once with the next batches; returns this process's share of the loss, on the device."""
        mine = self.plan.parts // self.group.size
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self.optimiser.zero_grad(set_to_none=True)
        total = torch.zeros((), device=self.device)
        for part in range(mine):
            with self.group.delay_averaging(self.shared, part < mine - 1):
                with self._computing():
                    loss = self.shared(*next(batches))
                # The group averages gradients over processes, so that each divides by the number of its own parts.
                (loss / mine).backward()
            total += loss.detach() / self.plan.parts
        self.optimiser.step()
        return total

    @contextmanager
    def _computing(self) -> Iterator[None]:
        with space.fused(), torch.autocast(self.device.type, torch.bfloat16, enabled=self.bfloat16):
            yield

    @torch.inference_mode()
    def accuracy(self) -> float:
        """Top-1 on the test images, in percent; NaN if a logit is not finite, which `argmax` would not show."""
        self.network.eval()
        indices = torch.arange(self.plan.data.test_count).split(TEST_BATCH)[self.group.rank :: self.group.size]
        correct = torch.zeros((), device=self.device)
        for images, labels in self.images.test_batches(indices):
            images, labels = (t.to(self.device, non_blocking=True) for t in (images, labels))
            with self._computing():
                logits = self.network(self.augmentation.normalise(images)).float()
            right = (logits.argmax(1) == labels).sum()
            correct += torch.where(logits.isfinite().all(), right, torch.nan)
        return 100 * self.group.total(correct).item() / self.plan.data.test_count

    def state(self) -> Weights:
        """Everything that steps change, for a checkpoint."""
        extra = self.objective.distillation
        return {
            "model": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "distillation": {} if extra is None else extra.state_dict(),
        }

    def restore(self, state: Weights) -> None:
        """Load what `state` returned."""
        self.network.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        if self.objective.distillation is not None:
            self.objective.distillation.load_state_dict(state["distillation"])

    def close(self) -> None:
        """End the processes that read images."""
        self.images.close()


def _make_distillation(plan: TrainingPlan, network: space.Network, device: torch.device) -> Distillation | None:
    """The distillation from the recipe's teacher into the network, which is still on the CPU; None without teacher."""
    recipe, data = plan.recipe, plan.data
    if recipe.teacher is None:
        return None
    model = make_teacher_model(
        recipe.teacher, recipe.teacher_weights, data.num_classes, derive_seed(plan.seed, "teacher")
    )
    model = model.to(device).to(memory_format=torch.channels_last)
    teacher = Teacher(model, recipe.teacher_resolution, data.mean.to(device), data.std.to(device))
    distillation = Distillation(teacher, network, plan.resolution)
    distillation.initialise(make_generator(plan.seed, "projections"))
    return distillation

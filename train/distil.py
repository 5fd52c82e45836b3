"""Distillation: a network learns from a larger one, a model of timm.

As Lin et al., "Zen-NAS", ICCV 2021, train for ImageNet: from the logits, and from the features.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from .recipe import RecipeError

SMALLEST_STRIDE = 16  # features are compared at this stride against the image and at larger ones
PRETRAINED, RANDOM = "pretrained", "random"  # sources of a teacher's weights other than a file


class Teacher:
    """A fixed network that gives logits and features. It is not an `nn.Module`, so it is neither trained nor saved."""

    def __init__(self, model: Any, resolution: int | None, mean: torch.Tensor, std: torch.Tensor):
        """`model`: of timm; `resolution`: of its input, in pixels; `mean`, `std` (3,): of the student's images."""
        self.model = model.eval().requires_grad_(False)
        self.resolution = resolution
        entries = list(model.feature_info)
        self.channels = {entry["reduction"]: entry["num_chs"] for entry in entries}
        config = model.pretrained_cfg
        own_mean, own_std = (255 * torch.tensor(config[name], device=mean.device) for name in ("mean", "std"))
        self.scale = (std / own_std)[:, None, None]
        self.shift = ((mean - own_mean) / own_std)[:, None, None]

    @torch.no_grad()
    def __call__(self, images: torch.Tensor) -> tuple[torch.Tensor, dict[int, torch.Tensor]]:
        """Logits (N, classes) and {stride: feature map} of images (N, 3, H, W) that are normalised for the student."""
        images = images * self.scale + self.shift
        if self.resolution is not None:
            images = F.interpolate(images, (self.resolution, self.resolution), mode="bilinear", antialias=True)
        features, maps = self.model.forward_intermediates(images)
        return self.model.forward_head(features), dict(zip(self.channels, maps, strict=True))


class Distillation(nn.Module):
    """The loss between a student and its teacher; its parameters are the projections of the student's features."""

    def __init__(self, teacher: Teacher, student: nn.Module, resolution: int):
        """`student` is a `space.Network` for images of `resolution` pixels."""
        super().__init__()
        self.teacher = teacher
        with torch.no_grad():
            was = student.training
            maps = student.eval().stages(torch.zeros(1, 3, resolution, resolution))[1]  # type: ignore[operator]
            student.train(was)
        self.strides = [s for s in maps if s >= SMALLEST_STRIDE and s in teacher.channels]
        if not self.strides:
            raise RecipeError(
                f"the network and its teacher have no feature maps of the same stride, {SMALLEST_STRIDE} or more"
            )
        self.projections = nn.ModuleDict(
            {str(s): nn.Conv2d(maps[s].shape[1], teacher.channels[s], 1) for s in self.strides}
        )

    def initialise(self, generator: torch.Generator) -> None:
        """Fill the projections such that they keep the variance of their input."""
        for parameter in self.projections.parameters():
            if parameter.ndim > 1:
                nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5, generator=generator)
            else:
                nn.init.zeros_(parameter)

    def forward(self, images: torch.Tensor, logits: torch.Tensor, maps: Mapping[int, torch.Tensor]) -> torch.Tensor:
        """Cross-entropy with the teacher's probabilities, plus the mean smooth L1 distance of projected features.

        `logits` and `maps` are the output of the student's `stages` for `images`. The teacher's maps are averaged down
        to the size of the student's.
        """
        taught, targets = self.teacher(images)
        loss = F.cross_entropy(logits.float(), taught.float().softmax(1))
        for stride in self.strides:
            mine = self.projections[str(stride)](maps[stride]).float()
            loss = loss + F.smooth_l1_loss(mine, F.adaptive_avg_pool2d(targets[stride].float(), mine.shape[2:]))
        return loss


def make_teacher_model(name: str, weights: str, num_classes: int, seed: int) -> Any:
    """Make a model of timm with `num_classes` outputs.

    `weights`: "pretrained" for timm's, which are downloaded at first use; "random", drawn from `seed`; or a file with a
    `state_dict`. Raises RecipeError, one line that says what is wrong.
    """
    try:
        import timm
    except ImportError:
        raise RecipeError("a teacher needs the package timm; install it: pip install -e '.[imagenet]'") from None
    if weights == PRETRAINED:
        model = _create(timm, name, pretrained=True)
        if model.num_classes != num_classes:
            raise RecipeError(
                f"teacher {name!r} has {model.num_classes} classes and the data set {num_classes}; "
                "set `teacher_weights` to a file with weights trained on these classes"
            )
        return model
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _create(timm, name, num_classes=num_classes)
    if weights != RANDOM:
        try:
            model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        except Exception as error:  # noqa: BLE001 - torch does not document what it raises for another kind of file
            reason = _first_line(error)
            raise RecipeError(f"teacher {name!r}: {weights} holds no weights of this model ({reason})") from None
    return model


def _create(timm: Any, name: str, **options: Any) -> Any:
    try:
        model = timm.create_model(name, **options)
    except (RuntimeError, OSError, ValueError) as error:  # no such model, or no internet connection
        raise RecipeError(f"teacher {name!r}: {_first_line(error)}") from None
    if not hasattr(model, "forward_intermediates"):
        raise RecipeError(
            f"teacher {name!r} gives no feature maps; choose a model of timm that has `forward_intermediates`"
        )
    return model


def _first_line(error: Exception) -> str:
    lines: Sequence[str] = str(error).splitlines()
    return lines[0] if lines else type(error).__name__

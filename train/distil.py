"""Distillation: what a network is taught by another, larger one, a model of timm.

As Lin et al., "Zen-NAS", ICCV 2021, train for ImageNet: soft targets, and features alike.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn

from .recipe import RecipeError

FROM_STRIDE = 16  # features of this stride against the image, and of larger ones, are to be alike
PRETRAINED, RANDOM = "pretrained", "random"  # where a teacher's weights come from, if not from a file


class Teacher:
    """A fixed network: logits and features of images. No module, so that it is neither trained nor saved."""

    def __init__(self, model: Any, resolution: int | None, mean: torch.Tensor, std: torch.Tensor):
        """`model` of timm; `resolution` it sees images at; `mean` and `std` (3,) are those images are normalised by."""
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
        """Logits (N, classes), and maps by their stride, of images (N, 3, H, W) normalised for the student."""
        images = images * self.scale + self.shift
        if self.resolution is not None:
            images = F.interpolate(images, (self.resolution, self.resolution), mode="bilinear", antialias=True)
        features, maps = self.model.forward_intermediates(images)
        return self.model.forward_head(features), dict(zip(self.channels, maps, strict=True))


class Distillation(nn.Module):
    """The loss by which a student follows a teacher; its parameters are the projections of the student's features."""

    def __init__(self, teacher: Teacher, student: nn.Module, resolution: int):
        """`student` is a `space.Network` for images of `resolution` pixels."""
        super().__init__()
        self.teacher = teacher
        with torch.no_grad():
            was = student.training
            maps = student.eval().stages(torch.zeros(1, 3, resolution, resolution))[1]  # type: ignore[operator]
            student.train(was)
        self.strides = [s for s in maps if s >= FROM_STRIDE and s in teacher.channels]
        if not self.strides:
            raise RecipeError(f"the network and its teacher share no features of stride {FROM_STRIDE} or more")
        self.projections = nn.ModuleDict(
            {str(s): nn.Conv2d(maps[s].shape[1], teacher.channels[s], 1) for s in self.strides}
        )

    def initialise(self, generator: torch.Generator) -> None:
        """Fill the projections such that they keep the variance of what they project."""
        for parameter in self.projections.parameters():
            if parameter.ndim > 1:
                nn.init.normal_(parameter, std=parameter.shape[1] ** -0.5, generator=generator)
            else:
                nn.init.zeros_(parameter)

    def forward(self, images: torch.Tensor, logits: torch.Tensor, maps: Mapping[int, torch.Tensor]) -> torch.Tensor:
        """Cross-entropy with the teacher's probabilities, plus the smooth L1 distance of projected features, in mean.

        `logits` and `maps` are what the student's `stages` gave for `images`. The teacher's maps are brought to the
        size of the student's by averaging.
        """
        taught, targets = self.teacher(images)
        loss = F.cross_entropy(logits.float(), taught.float().softmax(1))
        for stride in self.strides:
            mine = self.projections[str(stride)](maps[stride]).float()
            loss = loss + F.smooth_l1_loss(mine, F.adaptive_avg_pool2d(targets[stride].float(), mine.shape[2:]))
        return loss


def teacher_model(name: str, weights: str, num_classes: int, seed: int) -> Any:
    """A model of timm for so many classes.

    `weights`: "pretrained" for timm's, which are fetched at first use; "random", drawn from `seed`; or a file of a
    `state_dict`. RecipeError says in one line what is wrong.
    """
    try:
        import timm
    except ImportError:
        raise RecipeError("a teacher is a model of timm: pip install -e '.[imagenet]'") from None
    if weights == PRETRAINED:
        model = _made(timm, name, pretrained=True)
        if model.num_classes != num_classes:
            raise RecipeError(
                f"teacher {name!r} knows {model.num_classes} classes and the data set has {num_classes}; "
                "give the file of weights that it was trained to on these classes"
            )
        return model
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _made(timm, name, num_classes=num_classes)
    if weights != RANDOM:
        try:
            model.load_state_dict(torch.load(weights, map_location="cpu", weights_only=True))
        except Exception as error:  # noqa: BLE001 - what torch raises for a foreign file is not documented
            raise RecipeError(f"teacher {name!r}: {weights} holds no weights of it ({_line(error)})") from None
    return model


def _made(timm: Any, name: str, **options: Any) -> Any:
    try:
        model = timm.create_model(name, **options)
    except (RuntimeError, OSError, ValueError) as error:  # no such model; no network
        raise RecipeError(f"teacher {name!r}: {_line(error)}") from None
    if not hasattr(model, "forward_intermediates"):
        raise RecipeError(f"teacher {name!r}: this model of timm does not tell its features")
    return model


def _line(error: Exception) -> str:
    lines: Sequence[str] = str(error).splitlines()
    return lines[0] if lines else type(error).__name__

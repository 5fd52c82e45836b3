"""AutoAugment of a batch: each image draws its own policy; images that drew the same operation share one call.

Cubuk et al., "AutoAugment: Learning Augmentation Strategies from Data", CVPR 2019, tables 7 and 9, with the magnitudes
that torchvision gives the levels.
"""

from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from .operations import OPERATIONS

Step = tuple[str, float, int]  # operation, probability, level of its magnitude from 0 to 9 (0 where it has none)

POLICIES: dict[str, tuple[tuple[Step, Step], ...]] = {
    "cifar10": (
        (("Invert", 0.1, 0), ("Contrast", 0.2, 6)),
        (("Rotate", 0.7, 2), ("TranslateX", 0.3, 9)),
        (("Sharpness", 0.8, 1), ("Sharpness", 0.9, 3)),
        (("ShearY", 0.5, 8), ("TranslateY", 0.7, 9)),
        (("AutoContrast", 0.5, 0), ("Equalize", 0.9, 0)),
        (("ShearY", 0.2, 7), ("Posterize", 0.3, 7)),
        (("Color", 0.4, 3), ("Brightness", 0.6, 7)),
        (("Sharpness", 0.3, 9), ("Brightness", 0.7, 9)),
        (("Equalize", 0.6, 0), ("Equalize", 0.5, 0)),
        (("Contrast", 0.6, 7), ("Sharpness", 0.6, 5)),
        (("Color", 0.7, 7), ("TranslateX", 0.5, 8)),
        (("Equalize", 0.3, 0), ("AutoContrast", 0.4, 0)),
        (("TranslateY", 0.4, 3), ("Sharpness", 0.2, 6)),
        (("Brightness", 0.9, 6), ("Color", 0.2, 8)),
        (("Solarize", 0.5, 2), ("Invert", 0.0, 0)),
        (("Equalize", 0.2, 0), ("AutoContrast", 0.6, 0)),
        (("Equalize", 0.2, 0), ("Equalize", 0.6, 0)),
        (("Color", 0.9, 9), ("Equalize", 0.6, 0)),
        (("AutoContrast", 0.8, 0), ("Solarize", 0.2, 8)),
        (("Brightness", 0.1, 3), ("Color", 0.7, 0)),
        (("Solarize", 0.4, 5), ("AutoContrast", 0.9, 0)),
        (("TranslateY", 0.9, 9), ("TranslateY", 0.7, 9)),
        (("AutoContrast", 0.9, 0), ("Solarize", 0.8, 3)),
        (("Equalize", 0.8, 0), ("Invert", 0.1, 0)),
        (("TranslateY", 0.7, 9), ("AutoContrast", 0.9, 0)),
    ),
    "imagenet": (
        (("Posterize", 0.4, 8), ("Rotate", 0.6, 9)),
        (("Solarize", 0.6, 5), ("AutoContrast", 0.6, 0)),
        (("Equalize", 0.8, 0), ("Equalize", 0.6, 0)),
        (("Posterize", 0.6, 7), ("Posterize", 0.6, 6)),
        (("Equalize", 0.4, 0), ("Solarize", 0.2, 4)),
        (("Equalize", 0.4, 0), ("Rotate", 0.8, 8)),
        (("Solarize", 0.6, 3), ("Equalize", 0.6, 0)),
        (("Posterize", 0.8, 5), ("Equalize", 1.0, 0)),
        (("Rotate", 0.2, 3), ("Solarize", 0.6, 8)),
        (("Equalize", 0.6, 0), ("Posterize", 0.4, 6)),
        (("Rotate", 0.8, 8), ("Color", 0.4, 0)),
        (("Rotate", 0.4, 9), ("Equalize", 0.6, 0)),
        (("Equalize", 0.0, 0), ("Equalize", 0.8, 0)),
        (("Invert", 0.6, 0), ("Equalize", 1.0, 0)),
        (("Color", 0.6, 4), ("Contrast", 1.0, 8)),
        (("Rotate", 0.8, 8), ("Color", 1.0, 2)),
        (("Color", 0.8, 8), ("Solarize", 0.8, 7)),
        (("Sharpness", 0.4, 7), ("Invert", 0.6, 0)),
        (("ShearX", 0.6, 5), ("Equalize", 1.0, 0)),
        (("Color", 0.4, 0), ("Equalize", 0.6, 0)),
        (("Equalize", 0.4, 0), ("Solarize", 0.2, 4)),
        (("Solarize", 0.6, 5), ("AutoContrast", 0.6, 0)),
        (("Invert", 0.6, 0), ("Equalize", 1.0, 0)),
        (("Color", 0.6, 4), ("Contrast", 1.0, 8)),
        (("Equalize", 0.8, 0), ("Equalize", 0.6, 0)),
    ),
}
SIGNED = {"ShearX", "ShearY", "TranslateX", "TranslateY", "Rotate", "Brightness", "Color", "Contrast", "Sharpness"}
LEVELS = 10  # of a magnitude
OPERATION_NAMES = tuple(OPERATIONS)


class Draws(NamedTuple):
    """What each image drew: its policy (N,); for its two steps a number from 0 to 1 and a sign of 0 or 1, (N, 2)."""

    policy: Tensor
    chance: Tensor
    sign: Tensor


class _Table(NamedTuple):
    """The steps of all policies, (policies, 2) each: number of the operation, probability, signed, magnitude."""

    operation: Tensor
    probability: Tensor
    signed: Tensor
    magnitude: Tensor


def autoaugment(images: Tensor, policy: str, generator: torch.Generator) -> Tensor:
    """Augment images (N, 3, H, W) uint8, on their device, by a policy of `POLICIES`.

    `generator` belongs to the CPU: which image goes through which operation must be known there, and reading it from
    another device would wait for that device.
    """
    return apply(images, policy, draw(len(images), policy, generator))


def draw(count: int, policy: str, generator: torch.Generator) -> Draws:
    """Draw for `count` images, on the CPU."""
    return Draws(
        torch.randint(len(POLICIES[policy]), (count,), generator=generator),
        torch.rand(count, 2, generator=generator),
        torch.randint(2, (count, 2), generator=generator),
    )


def apply(images: Tensor, policy: str, draws: Draws) -> Tensor:
    """Apply to each image the steps that it drew."""
    table = _table(policy, images.shape[-1])
    images = images.clone()
    for step in (0, 1):
        operation, probability, signed, magnitude = (column[draws.policy, step] for column in table)
        magnitude = torch.where(signed & (draws.sign[:, step] == 0), -magnitude, magnitude)
        operation = torch.where(draws.chance[:, step] <= probability, operation, -1)
        for number in operation.unique().tolist():
            if number < 0:
                continue
            chosen = (operation == number).nonzero()[:, 0]
            index, magnitudes = (t.to(images.device, non_blocking=True) for t in (chosen, magnitude[chosen]))
            images[index] = OPERATIONS[OPERATION_NAMES[number]](images[index], magnitudes)
    return images


@lru_cache
def _table(policy: str, side: int) -> _Table:
    """The steps of a policy for images of `side` pixels."""
    steps = POLICIES[policy]
    return _Table(
        torch.tensor([[OPERATION_NAMES.index(name) for name, _, _ in pair] for pair in steps]),
        torch.tensor([[probability for _, probability, _ in pair] for pair in steps]),
        torch.tensor([[name in SIGNED for name, _, _ in pair] for pair in steps]),
        torch.tensor([[_magnitude(name, level, side) for name, _, level in pair] for pair in steps]),
    )


def _magnitude(name: str, level: int, side: int) -> float:
    """The magnitude that a level stands for, in the unit of its operation."""
    most = {
        "ShearX": 0.3,  # pixels for each pixel of distance from the edge
        "ShearY": 0.3,
        "TranslateX": 150 / 331 * side,  # pixels; the policies were found on images of 331
        "TranslateY": 150 / 331 * side,
        "Rotate": 30.0,  # degrees
        "Brightness": 0.9,  # of the distance from the dull image
        "Color": 0.9,
        "Contrast": 0.9,
        "Sharpness": 0.9,
    }
    if name in most:
        return torch.linspace(0, most[name], LEVELS)[level].item()
    if name == "Solarize":
        return torch.linspace(255, 0, LEVELS)[level].item()
    if name == "Posterize":
        return 8 - round(level * 4 / (LEVELS - 1))  # bits
    return 0.0

"""The optimiser of a recipe, and its learning rate at each step."""

import math

import torch
from torch import nn

from .recipe import Recipe


def make_sgd(network: nn.Module, recipe: Recipe) -> torch.optim.SGD:
    """SGD with weight decay on convolutions and linear layers, and none on biases and batch norms."""
    weights = [parameter for parameter in network.parameters() if parameter.ndim > 1]
    others = [parameter for parameter in network.parameters() if parameter.ndim <= 1]
    groups = [{"params": weights, "weight_decay": recipe.weight_decay}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.SGD(groups, lr=recipe.peak_lr, momentum=recipe.momentum, nesterov=recipe.nesterov, fused=True)


def learning_rate(recipe: Recipe, step: int, steps_per_epoch: int, epochs: int) -> float:
    """The learning rate of a step (counted from 0): linear up to the peak, then half a cosine down to 0."""
    steps = epochs * steps_per_epoch
    # Even a training with few epochs reaches the peak.
    warmup = min(recipe.warmup_epochs * steps_per_epoch, steps / 2)
    if step < warmup:
        return recipe.peak_lr * min(1.0, (step + 1) / warmup)
    return recipe.peak_lr * 0.5 * (1 + math.cos(math.pi * (step - warmup) / (steps - warmup)))

"""The recipes, and the optimiser and learning rates that they mean."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn
from zsbench import train
from zsbench.train.optimiser import learning_rate, make_sgd

FAST = train.recipe("fast")


def test_recipes_are_found_by_name() -> None:
    assert all(train.recipe(name).name == name for name in train.RECIPES)
    with pytest.raises(ValueError, match=r"unknown recipe 'slow'; there are: fast"):
        train.recipe("slow")


def test_the_learning_rate_scales_with_the_batch() -> None:
    assert replace(FAST, lr=0.4, batch_size=128).peak_lr == pytest.approx(0.2)


def test_crop_and_cutout_are_fractions_of_the_side() -> None:
    recipe = replace(FAST, crop_padding=0.125, cutout=0.25)
    assert [recipe.crop_pixels(side) for side in (8, 16, 32)] == [1, 2, 4]
    assert [recipe.cutout_pixels(side) for side in (8, 16, 32)] == [2, 4, 8]


def test_the_schedule_warms_up_and_falls_as_a_cosine_to_zero() -> None:
    recipe = replace(FAST, lr=1.0, batch_size=256, warmup_epochs=1.5)
    rates = [learning_rate(recipe, step, steps_per_epoch=10, epochs=10) for step in range(100)]
    assert rates[:15] == pytest.approx([(step + 1) / 15 for step in range(15)])
    expected = [0.5 * (1 + math.cos(math.pi * (step - 15) / 85)) for step in range(15, 100)]
    assert rates[15:] == pytest.approx(expected)
    assert 0 < rates[-1] < 1e-3


def test_a_run_shorter_than_its_warm_up_reaches_the_peak() -> None:
    recipe = replace(FAST, lr=1.0, batch_size=256, warmup_epochs=5)
    rates = [learning_rate(recipe, step, steps_per_epoch=10, epochs=2) for step in range(20)]
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] < 0.1
    assert learning_rate(recipe, 0, steps_per_epoch=1, epochs=1) == pytest.approx(1.0)


def test_only_weights_of_convolutions_and_linear_layers_decay() -> None:
    network = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Flatten(), nn.Linear(4, 2))
    optimiser = make_sgd(network, replace(FAST, weight_decay=0.1, lr=1.0, batch_size=256))
    before = {name: parameter.detach().clone() for name, parameter in network.named_parameters()}
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    optimiser.step()
    changed = {name for name, parameter in network.named_parameters() if not torch.equal(parameter, before[name])}
    assert changed == {"0.weight", "3.weight"}

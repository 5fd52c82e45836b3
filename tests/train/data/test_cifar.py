"""Training on real CIFAR-10: what can be learnt by heart is, and what cannot be learnt is not.

Needs the images: `ZSBENCH_CIFAR10=FOLDER make test-slow`, the folder as of `--data-root`.
"""

import os
from dataclasses import replace

import pytest
import torch
from zsbench import space, train

FOLDER = os.environ.get("ZSBENCH_CIFAR10")
NET = (
    "SuperConvK3BNRELU(3,16,1,1)SuperResK3K3(16,24,2,24,1)SuperResK3K3(24,48,2,32,1)SuperResK1K3K1(48,64,2,32,2)"
    "SuperConvK1BNRELU(64,128,1,1)"
)  # 98,610 parameters for 10 classes
pytestmark = [pytest.mark.slow, pytest.mark.skipif(FOLDER is None, reason="ZSBENCH_CIFAR10 names no folder")]


def test_512_images_are_learnt_by_heart() -> None:
    data = train.load("cifar10", FOLDER, train_limit=512)
    seen = replace(data, test_images=data.train_images, test_labels=data.train_labels)
    recipe = replace(train.recipe("fast"), epochs=60, label_smoothing=0, crop_padding=0)
    accuracy = train.train(space.parse(NET), seen, recipe).accuracy
    assert accuracy is not None
    assert accuracy > 99


def test_of_shuffled_labels_nothing_is_learnt() -> None:
    data = train.load("cifar10", FOLDER, train_limit=10_000)
    order = torch.randperm(data.train_count, generator=torch.Generator().manual_seed(0))
    shuffled = replace(data, train_labels=data.train_labels[order])
    accuracy = train.train(space.parse(NET), shuffled, train.recipe("fast")).accuracy
    assert accuracy is not None
    assert 7 < accuracy < 13  # chance is 10 %


def test_a_small_network_learns_a_part_of_it() -> None:
    data = train.load("cifar10", FOLDER, train_limit=10_000)
    accuracy = train.train(space.parse(NET), data, train.recipe("fast")).accuracy
    assert accuracy is not None
    assert accuracy > 50

"""Training the published 1M network with the whole augmentation of `paper`, against a plain loop.

An epoch of 1,280 images of CIFAR's size, its steps and their augmentation, or the augmentation alone. ZSBENCH_DEVICE=cuda
runs both loops on a GPU.
"""

import multiprocessing
import os
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import naive_training
import pytest
import torch
from conftest import PUBLISHED_1M
from zsbench import space, train
from zsbench.train.precision import resolve_precision
from zsbench.train.trainer import Trainer

DEVICE = torch.device(os.environ.get("ZSBENCH_DEVICE", "cpu"))  # or cuda
IMAGES = 1280 if DEVICE.type == "cpu" else 25_600
CLASSES, THREADS, EPOCHS = 100, 2, 3
PAPER = train.recipe("paper")


def data() -> train.DataSet:
    # Smooth, as photographs are: some operations of AutoAugment take longer on noise.
    draws = torch.Generator().manual_seed(0)
    coarse = torch.rand(IMAGES, 3, 5, 5, generator=draws)
    images = (255 * torch.nn.functional.interpolate(coarse, (32, 32), mode="bicubic").clamp(0, 1)).to(torch.uint8)
    labels = torch.randint(CLASSES, (IMAGES,), generator=draws)
    return train.DataSet("made", images, labels, images[:1], labels[:1], CLASSES)


def ours(precision: str = "auto") -> Trainer:
    torch.set_num_threads(THREADS)
    plan = train.TrainingPlan(space.parse(PUBLISHED_1M), data(), PAPER, epochs=1000, precision=precision, device=DEVICE)
    return Trainer(plan, resolve_precision(precision, DEVICE))


def our_epoch(trainer: Trainer) -> float:
    return trainer.run_epoch().loss


def plain() -> Callable[[], float]:
    torch.set_num_threads(THREADS)
    network = space.build(space.parse(PUBLISHED_1M), CLASSES).to(DEVICE)
    optimiser = torch.optim.SGD(network.parameters(), 0.025, momentum=0.9, nesterov=True, weight_decay=5e-4)
    batches = naive_training.loader(data(), PAPER.batch_size)
    return lambda: naive_training.epoch(network, optimiser, batches, CLASSES)


def augment(trainer: Trainer) -> None:
    for _ in trainer.learner.batches(1, 0):
        pass
    if DEVICE.type == "cuda":
        torch.cuda.synchronize()


def fastest(run: Callable[[], object]) -> float:
    seconds = []
    for _ in range(EPOCHS):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def peak(which: str) -> float:
    """GB of memory that a process takes at most in which an epoch runs; its loaders' processes are not counted."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as executor:
        return round(executor.submit(_peak, which).result(), 2)


def _peak(which: str) -> float:
    if which == "naive":
        plain()()
    else:
        our_epoch(ours(which))
    # Not `getrusage`: there a process starts with what the one that started it had taken.
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["VmHWM"].split()[0]) * 1024 / 1e9


@pytest.mark.benchmark(group="an epoch of 1,280 images of the published 1M network by `paper`")
@pytest.mark.parametrize("name", ["auto", "float32"])
def test_training(benchmark, name: str) -> None:
    trainer = ours(name)
    our_epoch(trainer)
    benchmark.pedantic(our_epoch, (trainer,), rounds=EPOCHS)
    benchmark.extra_info["naive"] = fastest(plain())
    benchmark.extra_info.update(images=IMAGES, memory={which: peak(which) for which in ("naive", name)})


@pytest.mark.benchmark(group="augmentation alone of 1,280 images by `paper`")
def test_augmentation(benchmark) -> None:
    trainer = ours()
    benchmark.pedantic(augment, (trainer,), rounds=EPOCHS)
    batches = naive_training.loader(data(), PAPER.batch_size)
    benchmark.extra_info["naive"] = fastest(lambda: [None for _ in batches])
    benchmark.extra_info["images"] = IMAGES

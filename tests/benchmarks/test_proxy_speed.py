"""Proxies against their naive formulation, in turn in one run: `make bench-speed` prints seconds of both and the ratio.

The published 1M network, 32 px, 100 classes, batch 64 but where a row says otherwise. Building and initialising the
network and drawing the batch are part of both.
"""

import time
from collections.abc import Callable

import naive
import pytest
import torch
from conftest import PUBLISHED_1M
from torch import nn

import proxies
import space
from proxies.batch import Batch, balanced_labels, generator, noise
from proxies.initialise import initialise
from proxies.protocol import under
from proxies.score import _setting

RESOLUTION, CLASSES, SEED = 32, 100, 1
ARCHITECTURE = space.parse(PUBLISHED_1M)
# Backward passes of the tangent kernel are one an image: a naive batch of 64 takes most of a minute.
BATCH = {"te_nas_zen": 16, "ntk_cond": 16}
ROUNDS = {"te_nas_zen": 3, "ntk_cond": 3}
# Gaussian weights make float32 gradients of a deep network rough, and a condition number multiplies what is rough.
TOLERANCE = {"te_nas_zen": 0.05, "ntk_cond": 0.02, "jacob_cov": 0.02, "grasp": 0.2, "zico": 0.01}


def naive_score(name: str, batch_size: int) -> float:
    proxy = under("published", proxies.get(name))
    setting = _setting(proxy, SEED, RESOLUTION, batch_size, CLASSES)
    network = naive.network(ARCHITECTURE, proxy, CLASSES, generator(SEED, ARCHITECTURE, "weights"))
    random, batches = generator(SEED, ARCHITECTURE, "batch"), []
    for _ in range(proxy.batches):
        shape = (setting.batch_size, 3, setting.resolution, setting.resolution)
        images = torch.ones(shape) if proxy.batch == "ones" else noise(shape, random).contiguous()
        labels = torch.randint(CLASSES, shape[:1], generator=random)
        if proxy.balanced:
            labels = balanced_labels(shape[0], CLASSES, random)
        batches.append(Batch(images.to(getattr(torch, proxy.precision)), labels, setting, random))
    return naive.SCORES[name](network, batches[0] if len(batches) == 1 else tuple(batches))


def in_turn(benchmark, ours: Callable[[], object], others: dict[str, Callable[[], object]], rounds: int) -> None:
    """Time `ours` by the benchmark and, before each of its rounds, the others once; the first round of all is dropped."""
    taken: dict[str, list[float]] = {name: [] for name in others}

    def run_others() -> None:
        for name, call in others.items():
            start = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - start)

    benchmark.pedantic(ours, setup=run_others, rounds=rounds, warmup_rounds=1)
    benchmark.extra_info.update({name: min(seconds[1:]) for name, seconds in taken.items()})


def convolutions_twice() -> Callable[[], None]:
    """The convolutions of two forward passes and nothing else: what bounds `zen` from below."""
    network = space.build(ARCHITECTURE, CLASSES, residual=False).to(memory_format=torch.channels_last)
    images = noise((64, 3, RESOLUTION, RESOLUTION), generator(SEED))
    calls: list[tuple[nn.Module, torch.Tensor]] = []
    convs = [module for module in network.modules() if isinstance(module, nn.Conv2d)]
    handles = [conv.register_forward_pre_hook(lambda m, x: calls.append((m, torch.randn_like(x[0])))) for conv in convs]
    with torch.no_grad():
        network(images)
    for handle in handles:
        handle.remove()

    @torch.no_grad()
    def run() -> None:
        for _ in range(2):
            for conv, x in calls:
                conv(x)

    return run


@pytest.mark.benchmark(group="proxies")
@pytest.mark.parametrize("name", naive.SCORES)
def test_proxy(benchmark, name: str) -> None:
    batch_size = BATCH.get(name, 64)
    setting = {"resolution": RESOLUTION, "batch_size": batch_size, "num_classes": CLASSES, "seed": SEED}
    values: list[float] = []
    others: dict[str, Callable[[], object]] = {"naive": lambda: values.append(naive_score(name, batch_size))}
    if name == "zen":
        others["bound"] = convolutions_twice()
    in_turn(benchmark, lambda: proxies.score(name, ARCHITECTURE, **setting), others, ROUNDS.get(name, 5))
    scored = proxies.score(name, ARCHITECTURE, **setting)
    assert scored.status == "ok", scored.reason
    assert scored.value == pytest.approx(values[0], rel=TOLERANCE.get(name, 1e-3))


@pytest.mark.benchmark(group="build and initialise")
def test_build_and_initialise(benchmark) -> None:
    def ours() -> None:
        network = space.build(ARCHITECTURE, CLASSES, residual=False, initialise=False)
        initialise(network, "gaussian", generator(SEED))

    zen = proxies.get("zen")
    in_turn(benchmark, ours, {"naive": lambda: naive.network(ARCHITECTURE, zen, CLASSES, generator(SEED))}, 20)

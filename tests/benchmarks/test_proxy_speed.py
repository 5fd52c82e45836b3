"""Proxies against their naive formulation, in turn in one run: `make bench-speed` prints seconds of both and the ratio.

The published 1M network, 32 px, 100 classes, batch 64 but where a row says otherwise. Building and initialising the
network and drawing the batch are part of both. Naive and ours have two threads in one process; ours also two workers of
one thread each, as `zsbench` runs on two cores: then a score takes half as long as a pair of them at a time. What bounds
a proxy from below are its convolutions, timed by themselves.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import naive
import pytest
import torch
from conftest import PUBLISHED_1M
from torch import nn
from zsbench import proxies, space
from zsbench.bench.executors.pool import WorkerPool
from zsbench.bench.executors.worker import WorkerSetup
from zsbench.proxies.batch import draw_noise, make_generator
from zsbench.proxies.tools.hooks import hooked
from zsbench.proxies.tools.initialise import initialise

SETTING = {"seed": 1, "resolution": 32, "num_classes": 100}
ARCHITECTURE = space.parse(PUBLISHED_1M)
# Backward passes of the tangent kernel are one an image: a naive batch of 64 takes most of a minute.
BATCH = {"te_nas_zen": 16, "ntk_cond": 16}
ROUNDS = {"te_nas_zen": 3, "ntk_cond": 3, "grasp": 3}
# Passes through the convolutions: forward, backward, and whether backward gives gradients by weights too.
PASSES = {
    "zen": (2, 0, False), "naswot_zen": (1, 0, False), "naswot": (1, 0, False), "grad_norm_zen": (1, 1, True),
    "snip": (1, 1, True), "fisher": (1, 1, True), "te_nas_zen": (1, 16, True), "ntk_cond": (1, 16, True),
    "zico": (2, 2, True), "jacob_cov": (1, 1, False),
}  # fmt: skip


def in_turn(benchmark, ours: Callable[[], object], others: dict[str, Callable[[], object]], rounds: int) -> Any:
    """Time `ours` by the benchmark and, before each of its rounds, the others once; the first round of all is dropped.

    Gives what `ours` gave last.
    """
    taken: dict[str, list[float]] = {name: [] for name in others}

    def run_others() -> None:
        for name, call in others.items():
            start = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - start)

    result = benchmark.pedantic(ours, setup=run_others, rounds=rounds, warmup_rounds=1)
    benchmark.extra_info.update({name: min(seconds[1:]) for name, seconds in taken.items()})
    return result


def convolutions(name: str, batch_size: int) -> Callable[[], None]:
    """The convolutions of a proxy's passes through the network and nothing else."""
    forward, backward, weights = PASSES[name]
    network = space.build(ARCHITECTURE, residual=proxies.get(name).residual).to(memory_format=torch.channels_last)
    images = draw_noise((proxies.get(name).size(batch_size), 3, 32, 32), make_generator(1))
    calls: list[tuple[nn.Conv2d, torch.Tensor, torch.Tensor]] = []
    convs = (module for module in network.modules() if isinstance(module, nn.Conv2d))

    def keep(conv: nn.Conv2d, x: tuple[torch.Tensor], y: torch.Tensor) -> None:
        calls.append((conv, torch.randn_like(x[0]), torch.randn_like(y)))

    with torch.no_grad(), hooked(convs, keep):
        network(images)

    @torch.no_grad()
    def run() -> None:
        for conv, x, y in calls:
            for _ in range(forward):
                conv(x)
            settings = conv.stride, conv.padding, conv.dilation, False, (0, 0), conv.groups, (True, weights, False)
            for _ in range(backward):
                torch.ops.aten.convolution_backward(y, x, conv.weight, None, *settings)

    return run


@pytest.fixture(scope="module")
def pool() -> Iterator[WorkerPool]:
    """Two workers of one thread."""
    with WorkerPool(2, WorkerSetup(threads=1)) as workers:
        yield workers


@pytest.mark.benchmark(group="proxies")
@pytest.mark.parametrize("name", naive.SCORES)
def test_proxy(benchmark, name: str, pool: WorkerPool) -> None:
    setting = {**SETTING, "batch_size": BATCH.get(name, 64)}
    ours = partial(proxies.score, name, ARCHITECTURE, **setting)

    def pair() -> None:
        for future in [pool.submit(ours), pool.submit(ours)]:
            assert future.result().status == "ok"

    others: dict[str, Callable[[], object]] = {
        "naive": lambda: naive.score(name, ARCHITECTURE, **setting),
        "pair": pair,
    }
    if name in PASSES:
        others["bound"] = convolutions(name, setting["batch_size"])
    scored = in_turn(benchmark, ours, others, ROUNDS.get(name, 4))
    assert scored.status == "ok", scored.reason


@pytest.mark.benchmark(group="build and initialise")
def test_build_and_initialise(benchmark) -> None:
    def ours() -> None:
        network = space.build(ARCHITECTURE, residual=False, initialise=False)
        initialise(network, "gaussian", make_generator(1))

    zen = proxies.get("zen")
    in_turn(benchmark, ours, {"naive": lambda: naive.network(ARCHITECTURE, zen, 100, make_generator(1))}, 20)

"""Proxies against their naive formulation, in turn in one run: `make bench-speed` prints seconds of both and the ratio.

The published 1M network, 32 px, 100 classes, batch 64 but where a row says otherwise. Building and initialising the
network and drawing the batch are part of both.
"""

import time
from collections.abc import Callable
from typing import Any

import naive
import pytest
import torch
from conftest import PUBLISHED_1M
from torch import nn

import proxies
import space
from proxies.batch import generator, noise
from proxies.hooks import hooked
from proxies.initialise import initialise

SETTING = {"seed": 1, "resolution": 32, "num_classes": 100}
ARCHITECTURE = space.parse(PUBLISHED_1M)
# Backward passes of the tangent kernel are one an image: a naive batch of 64 takes most of a minute.
BATCH = {"te_nas_zen": 16, "ntk_cond": 16}
ROUNDS = {"te_nas_zen": 3, "ntk_cond": 3, "grasp": 3}


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


def convolutions_twice() -> Callable[[], None]:
    """The convolutions of two forward passes and nothing else: what bounds `zen` from below."""
    network = space.build(ARCHITECTURE, residual=False).to(memory_format=torch.channels_last)
    images = noise((64, 3, 32, 32), generator(1))
    calls: list[tuple[nn.Module, torch.Tensor]] = []
    convs = (module for module in network.modules() if isinstance(module, nn.Conv2d))
    with torch.no_grad(), hooked(convs, lambda conv, x, _: calls.append((conv, torch.randn_like(x[0])))):
        network(images)

    @torch.no_grad()
    def run() -> None:
        for _ in range(2):
            for conv, x in calls:
                conv(x)

    return run


@pytest.mark.benchmark(group="proxies")
@pytest.mark.parametrize("name", naive.SCORES)
def test_proxy(benchmark, name: str) -> None:
    setting = {**SETTING, "batch_size": BATCH.get(name, 64)}
    others: dict[str, Callable[[], object]] = {"naive": lambda: naive.score(name, ARCHITECTURE, **setting)}
    if name == "zen":
        others["bound"] = convolutions_twice()
    scored = in_turn(benchmark, lambda: proxies.score(name, ARCHITECTURE, **setting), others, ROUNDS.get(name, 4))
    assert scored.status == "ok", scored.reason


@pytest.mark.benchmark(group="build and initialise")
def test_build_and_initialise(benchmark) -> None:
    def ours() -> None:
        network = space.build(ARCHITECTURE, residual=False, initialise=False)
        initialise(network, "gaussian", generator(1))

    zen = proxies.get("zen")
    in_turn(benchmark, ours, {"naive": lambda: naive.network(ARCHITECTURE, zen, 100, generator(1))}, 20)

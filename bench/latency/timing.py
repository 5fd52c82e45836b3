"""How long a network or a layer takes, measured: the clock of CPUs and of GPUs."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from ... import space

WARM_UP = 3  # calls before the first timed one: kernels are chosen, memory is fetched ...
WARM_UP_MS = 100.0  # ... fewer, but one at least, where they take longer than this together
SETTLING_BYTES = 31 * 2**20  # just under the largest block that glibc may keep for reuse
LEAST_CUDA_MS = 1.0  # a shorter call is repeated within one timing, to see the kernels and not the first one's start


class Timing(NamedTuple):
    """Milliseconds of one call: the median of the repeats, their lower quartile and interquartile range."""

    median: float
    lower: float
    spread: float
    repeats: int


class Reference(NamedTuple):
    """A network that tells how fast the machine is: a pass took `ms` when the latency table was begun."""

    architecture: str
    ms: float


def latency_precision(device: str) -> str:
    """The precision that latency is measured in: FP16 on a GPU, as deployed and as published, float32 on a CPU."""
    return "float32" if device == "cpu" else "float16"


def prepare(module: nn.Module, device: str) -> nn.Module:
    """The module as it is deployed: in eval mode, channels-last, on the device and in its precision."""
    dtype = getattr(torch, latency_precision(device))
    return module.eval().to(device=device, dtype=dtype).to(memory_format=torch.channels_last)


def draw_maps(batch_size: int, channels: int, side: int, device: str) -> torch.Tensor:
    """Maps (N, C, side, side) of noise, channels-last, on the device and in its precision."""
    dtype = getattr(torch, latency_precision(device))
    drawn = torch.randn(batch_size, channels, side, side, device=device, dtype=dtype)
    return drawn.contiguous(memory_format=torch.channels_last)


def time_networks(architectures: Sequence[space.Architecture], resolution: int, batch_size: int, num_classes: int,
                    device: str, repeats: int) -> list[Timing]:  # fmt: skip
    """Milliseconds that a pass over one batch takes, from the images on the device to the logits on it.

    Several networks take turns, so that what one takes can be told in terms of another, however fast the machine is.
    """
    calls = [make_pass(one, resolution, batch_size, num_classes, device) for one in architectures]
    with torch.inference_mode():
        return time_in_turn(calls, device, repeats, repeats, 0.0)


def make_pass(architecture: space.Architecture, resolution: int, batch_size: int, num_classes: int,
                 device: str) -> Callable[[], Any]:  # fmt: skip
    """A pass of a network over one batch of noise, as a call; to be made in inference mode."""
    network = space.build(architecture, num_classes)
    for layer in network.layers():
        # Values keep their size through the layers, as in a trained network: tiny ones (denormals) are slow on a CPU.
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return partial(prepare(network, device), draw_maps(batch_size, space.IMAGE_CHANNELS, resolution, device))


def time_in_turn(
    calls: Sequence[Callable[[], Any]], device: str, least: int, most: int, milliseconds: float
) -> list[Timing]:
    """Time each of several calls `least` times, and on up to `most` times until it has taken so many milliseconds.

    They take turns: so each finds the caches as its neighbours left them, as a layer does in a network, and what else
    disturbs the machine for a moment does not hit one of them alone.
    """
    if device == "cpu":
        # A large block that was freed makes glibc keep freed memory from then on. Before, whether maps of a few
        # megabytes come from the system, page by page, hangs on what the process did earlier: a factor of three.
        torch.empty(SETTLING_BYTES, dtype=torch.uint8)
    once = _wall_ms if device == "cpu" else _cuda_ms
    counts = [_warm_up(call, once) for call in calls]
    taken: list[list[float]] = [[] for _ in calls]
    waiting = list(range(len(calls)))
    while waiting:
        for place in waiting:
            taken[place].append(once(calls[place], counts[place]))
        waiting = [
            place
            for place in waiting
            if len(taken[place]) < least or (len(taken[place]) < most and sum(taken[place]) < milliseconds)
        ]
    return list(map(_summarise, taken))


def _summarise(taken: Sequence[float]) -> Timing:
    lower, median, upper = map(float, np.quantile(taken, (0.25, 0.5, 0.75)))
    return Timing(median, lower, upper - lower, len(taken))


def _warm_up(call: Callable[[], Any], once: Callable[[Callable[[], Any], int], float]) -> int:
    """Call a few times; how often to call within one timing."""
    taken = [once(call, 1)]
    while len(taken) < WARM_UP and sum(taken) < WARM_UP_MS:
        taken.append(once(call, 1))
    return 1 if once is _wall_ms else max(1, round(LEAST_CUDA_MS / taken[-1]))


def _wall_ms(call: Callable[[], Any], calls: int) -> float:
    start = time.perf_counter()
    for _ in range(calls):
        call()
    return (time.perf_counter() - start) / calls * 1e3


def _cuda_ms(call: Callable[[], Any], calls: int) -> float:
    # Kernels run behind the program's back: the device notes when they begin and end, once all before them is done.
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    begin.record()
    for _ in range(calls):
        call()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end) / calls

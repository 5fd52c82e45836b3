"""Time a network or a layer, by the clock of the CPU or of the GPU."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import nn

from ... import space

WARM_UP = 3  # calls before the first timed one, in which kernels are chosen and memory is fetched ...
WARM_UP_MS = 100.0  # ... fewer, but at least one, if they take longer than this together
SETTLING_BYTES = 31 * 2**20  # just under the largest block that glibc may keep for reuse
LEAST_CUDA_MS = 1.0  # shorter calls are repeated within one timing, so that the first kernel's start matters less


class Timing(NamedTuple):
    """Milliseconds of one call: median, lower quartile and interquartile range (`spread`) of its repeats."""

    median: float
    lower: float
    spread: float
    repeats: int


class Reference(NamedTuple):
    """A network that shows how fast the machine is: one pass took `ms` when the latency table was begun."""

    architecture: str
    ms: float


def latency_precision(device: str) -> str:
    """The precision in which latency is measured: FP16 on a GPU, as deployed and as published, float32 on a CPU."""
    return "float32" if device == "cpu" else "float16"


def prepare(module: nn.Module, device: str) -> nn.Module:
    """Bring a module to the state of deployment: eval mode, channels-last, on the device and in its precision."""
    dtype = getattr(torch, latency_precision(device))
    return module.eval().to(device=device, dtype=dtype).to(memory_format=torch.channels_last)


def draw_maps(batch_size: int, channels: int, side: int, device: str) -> torch.Tensor:
    """Draw maps (N, C, side, side) of noise, channels-last, on the device and in its precision."""
    dtype = getattr(torch, latency_precision(device))
    drawn = torch.randn(batch_size, channels, side, side, device=device, dtype=dtype)
    return drawn.contiguous(memory_format=torch.channels_last)


def time_networks(architectures: Sequence[space.Architecture], resolution: int, batch_size: int, num_classes: int,
                    device: str, repeats: int) -> list[Timing]:  # fmt: skip
    """Time one pass of each network over one batch, from the images on the device to the logits on it.

    The networks take turns, so that the time of one can be compared with that of another, however fast the machine is.
    """
    calls = [make_pass(one, resolution, batch_size, num_classes, device) for one in architectures]
    with torch.inference_mode():
        return time_in_turn(calls, device, repeats, repeats, 0.0)


def make_pass(architecture: space.Architecture, resolution: int, batch_size: int, num_classes: int,
                 device: str) -> Callable[[], Any]:  # fmt: skip
    """Make a call that runs a network over one batch of noise. Call it in inference mode."""
    network = space.build(architecture, num_classes)
    for layer in network.layers():
        # So values keep their size through the layers, as in a trained network: tiny ones (denormals) are slow on a
        # CPU.
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    return partial(prepare(network, device), draw_maps(batch_size, space.IMAGE_CHANNELS, resolution, device))


def time_in_turn(
    calls: Sequence[Callable[[], Any]], device: str, least: int, most: int, milliseconds: float
) -> list[Timing]:
    """Time each of several calls `least` times, and then up to `most` times until it has taken `milliseconds` in total.

    They take turns. So each call finds the caches as its neighbours left them, as a layer does in a network, and a
    short disturbance of the machine does not hit one call alone.
    """
    if device == "cpu":
        # Once a large block was freed, glibc keeps freed memory. Before that, maps of a few megabytes may come from the
        # system page by page, depending on what the process did earlier: a factor of three in time.
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
    """Call a few times; return how often to call within one timing."""
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
    # Kernels run asynchronously, so the device records when they begin, after all work before them, and when they end.
    begin, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    torch.cuda.synchronize()
    begin.record()
    for _ in range(calls):
        call()
    end.record()
    end.synchronize()
    return begin.elapsed_time(end) / calls

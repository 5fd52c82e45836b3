"""Keeping the process's settings out of a score, and what a proxy does to them inside the call."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch

_backends: Any = torch.backends  # modules that have more to them than their source says
# PyTorch has two sets of names for the precision of float32, and refuses to tell the one where the other was used.
_EXACT: tuple[tuple[Any, str, object], ...] = (
    (
        (_backends.cuda.matmul, "fp32_precision", "ieee"),
        (_backends.cudnn.conv, "fp32_precision", "ieee"),
        (_backends.mkldnn.matmul, "fp32_precision", "ieee"),
        (_backends.mkldnn.conv, "fp32_precision", "ieee"),
    )
    if hasattr(_backends, "fp32_precision")
    else ((_backends.cuda.matmul, "allow_tf32", False), (_backends.cudnn, "allow_tf32", False))
)
PINNED: tuple[tuple[Any, str, object], ...] = (
    (_backends.cudnn, "enabled", True),
    (_backends.cudnn, "benchmark", False),
    (_backends.cudnn, "deterministic", True),
    *_EXACT,
)


def called(function: Callable[[], Any]) -> Any:
    """What a function returns that has no network and, it says, draws nothing: isolation that takes microseconds.

    What it prints goes to stderr; the CPU's generator, grad mode, default dtype and number of threads are put back.
    """
    state = torch.default_generator.get_state()
    before = torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return function()
    finally:
        torch.default_generator.set_state(state)
        if (torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()) != before:
            torch.set_default_dtype(before[0])
            torch.set_num_threads(before[1])
            torch.set_grad_enabled(before[2])


@contextlib.contextmanager
def isolated(seed: int, device: torch.device) -> Iterator[None]:
    """Run the block under settings that are always the same, and put back afterwards what they were.

    Inside, the global generators are seeded by `seed`, gradients are on, new tensors are float32 and on the CPU, and
    there is no autocast to types that a proxy did not ask for. Convolutions and matrix products are exact to float32
    and deterministic, so that equal arguments give an equal value. Afterwards all that is as it was, and so is the
    number of threads: a score must not depend on what was computed before. What the block prints goes to stderr, since
    stdout belongs to results.
    """
    if device.type == "cuda":
        torch.cuda.init()  # else the seed would not reach its generators
    cuda = torch.cuda.is_initialized()
    dtype, place, threads = torch.get_default_dtype(), torch.get_default_device(), torch.get_num_threads()
    pinned = [(owner, name, getattr(owner, name)) for owner, name, _ in PINNED]
    autocast = torch.is_autocast_enabled(device.type)
    try:
        with (
            contextlib.redirect_stdout(sys.stderr),
            torch.random.fork_rng(devices=range(torch.cuda.device_count()) if cuda else []),
            torch.inference_mode(False),
            torch.enable_grad(),
            # Either slows every operation down, so it is not entered without need.
            torch.autocast(device.type, enabled=False) if autocast else contextlib.nullcontext(),
            torch.device("cpu") if place.type != "cpu" else contextlib.nullcontext(),
        ):
            torch.set_default_dtype(torch.float32)
            for owner, name, value in PINNED:
                setattr(owner, name, value)
            torch.default_generator.manual_seed(seed)  # torch.manual_seed would set the seed of a CUDA to come as well
            if cuda:
                torch.cuda.manual_seed_all(seed)
            yield
    finally:
        torch.set_default_dtype(dtype)
        if torch.get_default_device() != place:
            torch.set_default_device(None if place.type == "cpu" else place)
        for owner, name, value in pinned:
            setattr(owner, name, value)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)

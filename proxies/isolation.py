"""Keeping the process's settings out of a score, and what a proxy does to them inside the call."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch

_backends: Any = torch.backends  # modules that have more to them than their source says

Setting = tuple[Any, str, object]  # of an object, by name, and its value


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
    dtype, place, threads = torch.get_default_dtype(), _default_device(), torch.get_num_threads()
    pinned = list(_pinned(device))
    before = [(owner, name, _kept(owner, name)) for owner, name, _ in pinned]
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
            for owner, name, value in pinned:
                setattr(owner, name, value)
            torch.default_generator.manual_seed(seed)  # torch.manual_seed would set the seed of a CUDA to come as well
            if cuda:
                torch.cuda.manual_seed_all(seed)
            yield
    finally:
        torch.set_default_dtype(dtype)
        if _default_device() != place:
            torch.set_default_device(None if place.type == "cpu" else place)
        for owner, name, value in before:
            setattr(owner, name, value)
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)


def _default_device() -> torch.device:
    return torch.empty(0).device  # older PyTorch tells only what `set_default_device` was given


def _pinned(device: torch.device) -> Iterator[Setting]:
    """What is set for convolutions and matrix products on a device to be exact and deterministic."""
    if device.type == "cpu":
        if hasattr(_backends, "fp32_precision"):  # PyTorch has had two sets of names for precision since 2.9
            for owner in (_backends.mkldnn.matmul, _backends.mkldnn.conv):
                yield owner, "fp32_precision", "ieee"
        return
    for name, value in (("enabled", True), ("benchmark", False), ("deterministic", True)):
        yield _backends.cudnn, name, value
    try:
        _ = _backends.cuda.matmul.allow_tf32, _backends.cudnn.allow_tf32
    except RuntimeError:  # the new names were used, and PyTorch refuses to tell the old ones
        for owner in (_backends.cuda.matmul, _backends.cudnn.conv, _backends.cudnn.rnn):
            yield owner, "fp32_precision", "ieee"
    else:
        for owner in (_backends.cuda.matmul, _backends.cudnn):
            yield owner, "allow_tf32", False


def _kept(owner: Any, name: str) -> object:
    """The value to put back: of a precision that is its backend's, that it has none of its own."""
    value = getattr(owner, name)
    if name != "fp32_precision":
        return value
    backend = _backends.mkldnn if owner in (_backends.mkldnn.matmul, _backends.mkldnn.conv) else _backends.cudnn
    return "none" if value == backend.fp32_precision else value

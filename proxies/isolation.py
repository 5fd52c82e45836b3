"""Isolation: scores do not depend on the settings of the process, and a proxy cannot change these settings."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch

_backends: Any = torch.backends  # as Any: its modules have attributes that type checkers do not know

Attribute = tuple[Any, str, object]  # an object, the name of one of its attributes, and a value for it


def run_closed_form(function: Callable[[], Any]) -> Any:
    """Call a closed-form proxy and restore the few settings that it could change (microseconds, unlike `isolated`).

    These are the CPU's generator, grad mode, default dtype and number of threads. What the function prints goes to
    stderr. Use it only for functions that are given no network and are declared deterministic.
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
    """Run the block under settings that are always the same, and restore the previous settings afterwards.

    Inside, the global generators are seeded by `seed`, gradients are on, new tensors are float32 and on the CPU, and
    autocast is off. Convolutions and matrix products have full float32 precision and are deterministic, so that equal
    arguments give an equal value. Afterwards these settings and the number of threads are as before, so that a score
    does not depend on what was computed before it. What the block prints goes to stderr, since stdout is for results.
    """
    if device.type == "cuda":
        torch.cuda.init()  # otherwise the seed would not reach its generators
    cuda = torch.cuda.is_initialized()
    dtype, place, threads = torch.get_default_dtype(), _default_device(), torch.get_num_threads()
    pinned = list(_pinned(device))
    before = [(owner, name, _value_to_restore(owner, name)) for owner, name, _ in pinned]
    autocast = torch.is_autocast_enabled(device.type)
    try:
        with (
            contextlib.redirect_stdout(sys.stderr),
            torch.random.fork_rng(devices=range(torch.cuda.device_count()) if cuda else []),
            torch.inference_mode(False),
            torch.enable_grad(),
            # Each of these two slows every operation down, so it is entered only if needed.
            torch.autocast(device.type, enabled=False) if autocast else contextlib.nullcontext(),
            torch.device("cpu") if place.type != "cpu" else contextlib.nullcontext(),
        ):
            torch.set_default_dtype(torch.float32)
            for owner, name, value in pinned:
                setattr(owner, name, value)
            torch.default_generator.manual_seed(seed)  # torch.manual_seed would also seed CUDA if it starts later
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
    return torch.empty(0).device  # older PyTorch can only say which device `set_default_device` was given


def _pinned(device: torch.device) -> Iterator[Attribute]:
    """The settings that make convolutions and matrix products on a device exact and deterministic."""
    if device.type == "cpu":
        if hasattr(_backends, "fp32_precision"):  # since version 2.9 PyTorch has two sets of names for precision
            for owner in (_backends.mkldnn.matmul, _backends.mkldnn.conv):
                yield owner, "fp32_precision", "ieee"
        return
    for name, value in (("enabled", True), ("benchmark", False), ("deterministic", True)):
        yield _backends.cudnn, name, value
    try:
        _ = _backends.cuda.matmul.allow_tf32, _backends.cudnn.allow_tf32
    except RuntimeError:  # the new names are in use, and PyTorch then refuses to read the old ones
        for owner in (_backends.cuda.matmul, _backends.cudnn.conv, _backends.cudnn.rnn):
            yield owner, "fp32_precision", "ieee"
    else:
        for owner in (_backends.cuda.matmul, _backends.cudnn):
            yield owner, "allow_tf32", False


def _value_to_restore(owner: Any, name: str) -> object:
    """The value to restore later: the present one, or "none" if the operation inherits it from its backend."""
    value = getattr(owner, name)
    if name != "fp32_precision":
        return value
    backend = _backends.mkldnn if owner in (_backends.mkldnn.matmul, _backends.mkldnn.conv) else _backends.cudnn
    return "none" if value == backend.fp32_precision else value

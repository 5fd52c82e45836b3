"""Keeping what a proxy does to the process inside the call."""

import contextlib
import sys
from collections.abc import Callable, Iterator
from typing import Any

import torch


def called(function: Callable[..., Any], *arguments: Any) -> Any:
    """What a function returns that draws nothing and has no network: isolation that takes a microsecond or two.

    What it prints goes to stderr; grad mode, default dtype and number of threads are put back.
    """
    before = torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()
    try:
        with contextlib.redirect_stdout(sys.stderr):
            return function(*arguments)
    finally:
        if (torch.get_default_dtype(), torch.get_num_threads(), torch.is_grad_enabled()) != before:
            torch.set_default_dtype(before[0])
            torch.set_num_threads(before[1])
            torch.set_grad_enabled(before[2])


@contextlib.contextmanager
def isolated(seed: int) -> Iterator[None]:
    """Run the block with torch's global generator seeded by `seed`, and put back afterwards what it changed.

    Put back are the global generators, grad mode, default dtype and number of threads: a score must not depend on what
    was computed before. Gradients are on inside. What the block prints goes to stderr, since stdout belongs to results.
    On CUDA convolutions and matrix products are exact to float32 and deterministic, so that equal arguments give an
    equal value.
    """
    dtype, threads = torch.get_default_dtype(), torch.get_num_threads()
    tf32 = torch.backends.cuda.matmul.allow_tf32
    try:
        with (
            contextlib.redirect_stdout(sys.stderr),
            torch.random.fork_rng(devices=range(torch.cuda.device_count()) if torch.cuda.is_initialized() else []),
            torch.enable_grad(),
            torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False),
        ):
            torch.backends.cuda.matmul.allow_tf32 = False
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_default_dtype(dtype)
        torch.backends.cuda.matmul.allow_tf32 = tf32
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)

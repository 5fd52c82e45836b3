"""Loops compiled by numba, which is an extra: what has them has to do without."""

from functools import cache
from importlib import import_module
from types import ModuleType

import torch


@cache
def compiled(name: str) -> ModuleType | None:
    """The module of that name, of compiled loops; None where numba is missing or has no folder for what it compiles."""
    try:
        return import_module(name)
    except (ImportError, RuntimeError):
        return None


def use_threads_of_torch() -> None:
    """Let compiled loops have as many threads as PyTorch's operations have in this thread."""
    import numba

    threads = torch.get_num_threads()
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    if torch.get_num_threads() != threads:  # numba, when it starts its own, sets the number that OpenMP gives everybody
        torch.set_num_threads(threads)

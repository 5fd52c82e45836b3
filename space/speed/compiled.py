"""Optional numba kernels. Every caller must also work when numba is not installed."""

import os
from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import torch

from .starting import disable_numba, numba_starts


class Loops:
    """The functions of a module of compiled loops.

    A signal handler (Ctrl-C, a time limit) may raise while numba inspects arguments. Numba then returns a result
    although an exception is set, and CPython raises SystemError, possibly chained several times. The call raises the
    original exception instead.
    """

    def __init__(self, module: ModuleType):
        self._module = module

    def __getattr__(self, name: str) -> Callable[..., Any]:
        loop = getattr(self._module, name)

        def call(*arguments: Any) -> Any:
            try:
                return loop(*arguments)
            except SystemError as error:
                raise _first(error) from None

        setattr(self, name, call)  # made once
        return call


def _first(error: BaseException) -> BaseException:
    """The exception at the beginning of a chain of SystemErrors."""
    while isinstance(error, SystemError) and error.__cause__ is not None:
        error = error.__cause__
    return error


def _do_without_threads() -> None:
    """In a process forked from this one, which has neither PyTorch's threads nor numba's: waiting for them hangs."""
    torch.set_num_threads(1)
    compiled.cache_clear()
    disable_numba()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_do_without_threads)


@cache
def compiled(name: str, package: str) -> Loops | None:
    """Load a module of compiled loops (arguments as of `import_module`).

    None without numba, or if it cannot start (which one line on stderr says) or cannot cache.
    """
    if not numba_starts():
        return None
    try:
        return Loops(import_module(name, package))
    except (ImportError, RuntimeError):
        return None


def use_threads_of_torch() -> None:
    """Give compiled loops as many threads as PyTorch's operations have in this thread."""
    import numba

    threads = torch.get_num_threads()
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    if torch.get_num_threads() != threads:  # when numba starts its threads, it sets OpenMP's number for all
        torch.set_num_threads(threads)

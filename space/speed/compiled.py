"""Optional numba kernels. Every caller must also work when numba is not installed."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import torch


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


@cache
def compiled(name: str, package: str) -> Loops | None:
    """Load a module of compiled loops (arguments as of `import_module`); None without numba, or if it cannot cache."""
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

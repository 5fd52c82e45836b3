"""Loops compiled by numba, which is an extra: what has them has to do without."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import torch


class Loops:
    """The functions of a module of compiled loops.

    An exception of a signal's handler, as of Ctrl-C or of a time limit, is raised as it is. It may come while numba
    looks at arguments; numba goes on all the same, and Python, that finds a result beside an exception, makes a
    SystemError of it, perhaps of that another.
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

        setattr(self, name, call)  # so that it is made once
        return call


def _first(error: BaseException) -> BaseException:
    while isinstance(error, SystemError) and error.__cause__ is not None:
        error = error.__cause__
    return error


@cache
def compiled(name: str) -> Loops | None:
    """A module of this package with compiled loops; None without numba, or where numba cannot keep what it compiles."""
    try:
        return Loops(import_module(f".{name}", __package__))
    except (ImportError, RuntimeError):
        return None


def use_threads_of_torch() -> None:
    """Let compiled loops have as many threads as PyTorch's operations have in this thread."""
    import numba

    threads = torch.get_num_threads()
    numba.set_num_threads(min(threads, numba.config.NUMBA_NUM_THREADS))
    if torch.get_num_threads() != threads:  # numba, when it starts its own, sets the number that OpenMP gives everybody
        torch.set_num_threads(threads)

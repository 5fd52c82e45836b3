"""Compiled loops beside PyTorch's operations."""

from types import ModuleType

import pytest
from conftest import alone
from zsbench.space.speed.compiled import Loops

pytest.importorskip("numba")

# In a process of its own: what numba does happens when it starts its threads, once.
STARTED = """
import torch
from zsbench.space.speed.compiled import use_threads_of_torch

torch.set_num_threads(1)
use_threads_of_torch()
import numba
print(torch.get_num_threads(), numba.get_num_threads())
"""


def test_starting_threads_for_compiled_loops_leaves_those_of_torch() -> None:
    assert alone(STARTED).split() == ["1", "1"]


def test_what_a_signals_handler_raises_is_raised() -> None:
    module = ModuleType("loops")
    module.interrupted = lambda: _beside(KeyboardInterrupt())
    module.broken = lambda: _beside(None)
    with pytest.raises(KeyboardInterrupt):
        Loops(module).interrupted()
    with pytest.raises(SystemError, match="a result with an exception set"):
        Loops(module).broken()


def _beside(cause: BaseException | None) -> None:
    raise SystemError("returned a result with an exception set") from cause

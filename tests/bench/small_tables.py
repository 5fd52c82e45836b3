"""What tests of latency share: tables of a few seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from zsbench.bench.latency import table as latency


@contextmanager
def small_tables(monkeypatch: pytest.MonkeyPatch, folder: Path) -> Iterator[Path]:
    """Measure few channels, few times and with one thread, as a study does; gives the cache, which is the test's own."""
    monkeypatch.setenv("ZSBENCH_CACHE", str(folder / "cache" / "zsbench"))
    small = {
        "DENSE_CHANNELS": (8, 64),
        "COARSE_CHANNELS": (8, 64),
        "MIN_REPEATS": 2,
        "MAX_REPEATS": 2,
        "FITTED_NETWORKS": 2,
    }
    for name, value in small.items():
        monkeypatch.setattr(latency, name, value)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield folder / "cache" / "zsbench"
    torch.set_num_threads(before)

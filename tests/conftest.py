"""What several test folders use."""

import contextlib
import io
import json
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pandas as pd
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from zsbench import proxies, space, train
from zsbench.proxies import registry

# Values that the published implementation gave for some architectures: their README says which.
GOLDEN = Path(__file__).with_name("golden")
# Published tables and data sets lie outside the repository; tests that use them skip without.
SHARED = Path(os.environ.get("ZSBENCH_SHARED", Path(__file__).parents[2] / "shared"))


def pytest_configure(config: pytest.Config) -> None:
    """One thread for each test process: networks here are too small for more, and processes share the cores."""
    if config.getoption("benchmark_only", default=False):
        return  # benchmarks set their own
    torch.set_num_threads(1)
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # of processes that tests start


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Tests neither use nor fill the user's cache."""
    os.environ["ZSBENCH_CACHE"] = str(tmp_path_factory.mktemp("cache"))


PUBLISHED_1M = (
    "SuperConvK3BNRELU(3,88,1,1)SuperResK1K7K1(88,120,1,16,1)SuperResK1K7K1(120,192,2,16,3)"
    "SuperResK1K5K1(192,224,1,24,4)SuperResK1K5K1(224,96,2,24,2)SuperResK1K3K1(96,168,2,40,3)"
    "SuperResK1K3K1(168,112,1,48,3)SuperConvK1BNRELU(112,512,1,1)"
)


def golden(space_name: str) -> list[dict[str, Any]]:
    """The golden rows of a space, "resnet" or "mobilenet"."""
    return json.loads((GOLDEN / f"{space_name}.json").read_text())


def shared_table(benchmark: str, name: str, **options: Any) -> pd.DataFrame:
    """A published table of a tabular benchmark; skips the test where there is none."""
    path = SHARED / "data" / benchmark / name
    if not path.exists():
        pytest.skip("published tables are not here (set ZSBENCH_SHARED)")
    return pd.read_csv(path, **options)


def alone(script: str, **environment: str) -> str:
    """What a Python script prints in a process of its own, with this environment on top; it must not fail."""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env={**os.environ, **environment}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def register(monkeypatch: pytest.MonkeyPatch):
    """Register a proxy for one test only."""
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))

    def add(function, **declared):
        proxies.proxy("probe", **declared)(function)

    return add


def drawn(space_name: str, count: int, seed: int = 0) -> list[Any]:
    """Random architectures of a space, of any size."""
    within, rng = space.get(space_name), Random(seed)
    return [within.random(rng) for _ in range(count)]


def counted(
    architecture: space.Architecture, resolution: int, residual: bool, num_classes: int = 10
) -> tuple[space.Network, int, int]:
    """The built network, half of what PyTorch's own counter finds in a pass, and the last map's side."""
    with torch.device("meta"):
        network = space.build(architecture, num_classes, residual, device="meta").eval()
        with FlopCounterMode(display=False) as counter:
            features = network.features(torch.empty(1, 3, resolution, resolution))
            network.classifier(features.mean((2, 3)))
    return network, counter.get_total_flops() // 2, features.shape[-1]


def walk(space_name: str, count: int, seed: int = 0) -> list[space.Structure]:
    """Random architectures of a space, small enough to build."""
    within = space.get(space_name)
    if space_name == "mobilenet":  # its head of 2048 channels alone has more parameters than a test wants
        within = within.starting_from(within.start.replace("2048", "128"))
    rng = Random(seed)
    found: list[space.Structure] = []
    while len(found) < count:
        architecture = within.random(rng)
        cost = space.cost(architecture, within.resolution)
        if cost.params < 400_000 and cost.convolutions < 60:
            found.append(architecture)
    return found


@pytest.fixture
def tiny() -> space.Structure:
    """A network that takes a millisecond."""
    return space.parse(
        "SuperConvK3BNRELU(3,8,1,1)SuperResK1K3K1(8,16,2,8,1)SuperResK3K3(16,16,2,8,1)SuperConvK1BNRELU(16,24,1,1)"
    )


def zsbench(*arguments: object, stdin: str = "", drawn: bool = True) -> "subprocess.CompletedProcess[str]":
    """Run the command line in this process; the proxies and recipes that it registers are forgotten afterwards.

    Without `drawn`, the figures of a report are empty files: drawing them takes longer than a small study.
    """
    from zsbench.bench import cli
    from zsbench.reports import report

    words, recipes = ["zsbench", *map(str, arguments)], dict(train.RECIPES)
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stdout(io.StringIO()) as out,
        contextlib.redirect_stderr(io.StringIO()) as err,
    ):
        patch.setattr(sys, "argv", words)
        patch.setattr(sys, "stdin", io.StringIO(stdin))
        patch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
        if not drawn:
            patch.setattr(report, "render", lambda figure: {"png": b"", "svg": b""})
        try:
            with pytest.raises(SystemExit) as end:
                cli.main()
        finally:
            train.RECIPES.clear()
            train.RECIPES.update(recipes)
    return subprocess.CompletedProcess(words, int(end.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture
def run() -> Callable[..., tuple[int, str, str]]:
    """`zsbench` for short: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        done = zsbench(*arguments)
        return done.returncode, done.stdout, done.stderr

    return call


def pytest_terminal_summary(terminalreporter: Any, config: Any) -> None:
    """After the benchmarks' own tables: ours against naive, the fastest round of each, a line each."""
    session = getattr(config, "_benchmarksession", None)
    rows = [one for one in getattr(session, "benchmarks", []) if "naive" in one.extra_info]
    if not rows:
        return
    terminalreporter.section("naive against ours, fastest of the rounds, seconds; two workers: of a score of a pair")
    columns = ("naive", "ours", "ratio", "two workers", "ratio", "convolutions", "of ours")
    terminalreporter.write_line(f"{'':<28}" + "".join(f"{column:>14}" for column in columns))
    for row in rows:
        name, ours, others = row.params["name"] if row.params else row.name, row.stats.min, row.extra_info
        naive, pair, bound = others["naive"], others.get("pair", math.nan) / 2, others.get("bound", math.nan)
        cells = (f"{naive:.3f}", f"{ours:.3f}", f"{naive / ours:.1f}×", f"{pair:.3f}", f"{naive / pair:.1f}×",
                 f"{bound:.3f}", f"{bound / ours:.0%}")  # fmt: skip
        shown = ("" if "nan" in cell else cell for cell in cells)
        terminalreporter.write_line(f"{name:<28}" + "".join(f"{cell:>14}" for cell in shown))
        if "images" in others:
            rates = (f"{others['images'] / seconds:,.0f}" for seconds in (naive, ours))
            memory = f"; peak memory, GB: {others['memory']}" if "memory" in others else ""
            terminalreporter.write_line(f"{'':<28}images a second: {' and '.join(rates)}{memory}")

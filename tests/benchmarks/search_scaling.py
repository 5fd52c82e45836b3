"""How searches scale: the tables of docs/performance.md, printed as Markdown by `make bench-search`.

Every row is a process of its own, one after another, so that no row profits from the caches or pays for the memory of
one before. Rates are evaluations a second; memory is what the process holds at the end over what it held before the
search (Linux only).
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LIMITS = {"resnet": {"params": 1_000_000, "layers": 18}, "mobilenet": {"macs": 400_000_000, "layers": 14}}
ZEN = ("--proxy", "zen", "--batch-size", "64", "--resolution", "32", "--population", "64", "--seed", "1")


def main() -> None:
    """Measure and print all tables."""
    print(f"{cpu()}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}\n")
    heading("In memory, proxy `flops`, strategy `evolution`, population 512", "space", "evaluations")
    for name, counts in (("resnet", (1_000, 20_000, 100_000, 480_000)), ("mobilenet", (20_000,))):
        for evaluations in counts:
            line(name, evaluations, **apart(name, "evolution", evaluations, 512))
    heading("The same, 20,000 evaluations in `resnet`", "strategy", "population")
    for strategy in ("evolution", "regularized", "random", "local"):
        for population in (64, 4_096, 16_384) if strategy in ("evolution", "regularized") else (64,):
            line(strategy, population, **apart("resnet", strategy, 20_000, population))
    heading("`zsbench search`, every score stored, proxy `flops`", "space", "evaluations")
    for evaluations in (20_000, 200_000, 480_000):
        line("resnet", evaluations, **command(evaluations, "--proxy", "flops", "--population", "512", "--seed", "1"))
    heading("`zsbench search`, proxy `zen`, batch 64, 32 px", "workers", "evaluations")
    for workers in (1, 2, 1, 2):
        line(workers, 300, **command(300, *ZEN, "--workers", str(workers)))


def apart(name: str, strategy: str, evaluations: int, population: int) -> dict[str, float]:
    """`search` in a process of its own."""
    arguments = [sys.executable, __file__, name, strategy, str(evaluations), str(population)]
    return json.loads(subprocess.run(arguments, check=True, capture_output=True, text=True).stdout)


def search(name: str, strategy: str, evaluations: int, population: int) -> dict[str, float]:
    """A search whose score is the multiply-adds, without a store."""
    from zsbench import space
    from zsbench.search import STRATEGIES, Budget

    within = space.get(name)
    budget = Budget(**LIMITS[name], resolution=within.resolution, num_classes=within.num_classes)
    before, start = resident(), time.perf_counter()
    run = STRATEGIES[strategy](within, budget, 1, population)
    for _ in range(evaluations):
        candidate = run.ask()
        run.tell(candidate, float(budget.cost(candidate).macs))
    return {"rate": evaluations / (time.perf_counter() - start), "megabytes": resident() - before}


def command(evaluations: int, *arguments: str) -> dict[str, float]:
    """The command line from its start to its end: seconds of the whole process."""
    limits = [part for name, value in LIMITS["resnet"].items() for part in (f"--{name}", str(value))]
    with tempfile.TemporaryDirectory() as folder:
        words = ["search", "--space", "resnet", *limits, "--evaluations", str(evaluations), *arguments, "--out", folder]
        start = time.perf_counter()
        done = subprocess.run([sys.executable, "-m", "zsbench", *words], check=True, capture_output=True, text=True)
        seconds = time.perf_counter() - start
        size = sum(path.stat().st_size for path in Path(folder).glob("results.sqlite*")) / 2**20
    # What the search itself says at its end, without the start of the process.
    *_, told = (part for part in done.stderr.split(", ") if part.endswith("/s"))
    return {"rate": float(told.removesuffix("/s").replace(",", "")), "seconds": seconds, "stored_megabytes": size}


def resident() -> float:
    """Megabytes that this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def cpu() -> str:
    """The name of the processor."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next(text.split(":")[1].strip() for text in lines if text.startswith("model name"))


def heading(title: str, *columns: str) -> None:
    """The head of a table."""
    print(f"\n{title}:\n\n| {' | '.join(columns)} | measured |\n|{'---|' * (len(columns) + 1)}")


def line(*cells: Any, **measured: float) -> None:
    """A row of a table."""
    told = ", ".join(f"{name.replace('_', ' ')} {value:,.3g}" if value < 100 else f"{name} {value:,.0f}"
                     for name, value in measured.items())  # fmt: skip
    print(f"| {' | '.join(f'{cell:,}' if isinstance(cell, int) else cell for cell in cells)} | {told} |", flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        given_name, given_strategy, *numbers = sys.argv[1:]
        print(json.dumps(search(given_name, given_strategy, *map(int, numbers))))
    else:
        main()

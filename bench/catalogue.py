"""The page `docs/proxies.md`: every built-in proxy with its definition, its declaration and what was measured of it.

`make docs` writes it from the registry and from a kept study, so that it cannot drift from either; a test compares.
"""

import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import proxies
from proxies import Proxy
from reports.text import DASH, bounded, brief, dataset_label

STUDY = Path("results/studies/nasbench201-all")

HEAD = """# Proxies

Written by `make docs` from the registry; do not edit. {count} proxies, in files under `proxies/`.

Measured: median seconds a network (one CPU thread, building the network included) and Spearman's ρ between score and
accuracy with its 95 % bootstrap interval, over {n} random cells of NAS-Bench-201, turned so that a good proxy is
positive; a dash where a proxy is not defined on cells. The study is
[`{study}`](../{study}/report/table.md): noise images of 16 pixels, batches of 16, one seed.
Published settings, other seeds and other spaces give other numbers.

"""
INITS = {"default": "PyTorch's", "gaussian": "N(0, 1)", "kaiming": "Kaiming"}


def catalogue(study: Path = STUDY) -> str:
    """The page as Markdown, with the measured columns of a study's report."""
    correlated = pd.read_csv(study / "report" / "correlation.csv").set_index(["proxy", "dataset"])
    seconds = pd.read_csv(study / "report" / "table.csv").set_index("proxy")["score_seconds"]
    datasets = list(correlated.index.unique("dataset"))
    entries = [proxies.get(name) for name in sorted(proxies.names())]
    head = HEAD.format(count=len(entries), n=int(correlated.n.max()), study=study.as_posix())
    columns = ["proxy", "needs", "direction", "s / network", *(f"ρ {dataset_label(name)}" for name in datasets)]
    rows = [
        [entry.name, needs(entry), direction(entry), *_measured(entry.name, seconds, correlated)] for entry in entries
    ]
    lines = [columns, ["---"] * len(columns), *([f"[`{row[0]}`](#{row[0]})", *row[1:]] for row in rows)]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return head + table + "\n\n" + "\n".join(_section(entry) for entry in entries)


def needs(entry: Proxy) -> str:
    """What it is computed from, in words."""
    if entry.needs == "scores":
        return " and ".join(f"`{part}`" for part in entry.parts)
    if entry.batch == "ones":
        return "one image of ones"
    words = {"architecture": "the architecture", "network": "a network", "images": "images", "labels": "images, labels"}
    batches = f" ({entry.batches} batches)" if entry.batches > 1 else ""
    return words[entry.needs] + batches


def direction(entry: Proxy) -> str:
    """Which way is better."""
    if entry.relative:
        return "ranked among candidates"
    return "higher" if entry.higher_is_better else "lower"


def _measured(name: str, seconds: pd.Series, correlated: pd.DataFrame) -> Iterator[str]:
    yield brief(seconds.get(name, math.nan))
    for dataset in correlated.index.unique("dataset"):
        if (name, dataset) in correlated.index:
            row = correlated.loc[(name, dataset)]
            yield bounded(row.rho, row.rho_low, row.rho_high)
        else:
            yield DASH


def _section(entry: Proxy) -> str:
    return f"## {entry.name}\n\n{entry.description}\n\n*Declared: {'; '.join(_declared(entry))}.*\n"


def _declared(entry: Proxy) -> Iterator[str]:
    yield f"needs {entry.needs}"
    if entry.needs not in ("architecture", "scores"):
        yield f"{INITS[entry.init]} initialisation"
        yield "shortcuts kept" if entry.residual else "shortcuts removed"
        yield "batch norm removed" if entry.mode == "removed" else f"batch norm in {entry.mode} mode"
        yield entry.precision
        if entry.thin:
            yield "thin network"
        if entry.balanced:
            yield "class-balanced batch"
        if entry.batch_size:
            yield f"batch of {entry.batch_size}"
        if entry.resolution:
            yield f"{entry.resolution} px"
    if entry.relative:
        yield f"relative, {entry.relative}"
    yield "no seed" if entry.deterministic else "depends on the seed"


if __name__ == "__main__":
    sys.stdout.write(catalogue())

"""The page `docs/proxies.md`: every built-in proxy with its definition, its declaration and what was measured of it.

`make docs` runs this file at the root of the repository. It writes the page from the registry and from kept studies, so
that the page cannot drift from them; a test compares.
"""

import math
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from zsbench import proxies
from zsbench.proxies import Proxy
from zsbench.reports.text import DASH, bounded, brief, dataset_label

SMALL_STUDY = Path("results/studies/nasbench201-all")
PUBLISHED_STUDY = Path("results/studies/nasbench201")
DATASETS = ("cifar10", "cifar100", "imagenet16_120")
NOT_USED = "not used"  # what `variants.csv` has under `fixed` where a variant is not the built-in proxy
MEASURED = ["n", "rho", "rho_low", "rho_high"]

HEAD = """# Proxies

Written by `make docs` from the registry and from kept studies; do not edit. {count} proxies, in files under
`proxies/zoo/`. A proxy called `*_zen` is what the code of Zen-NAS computes under that name, not what the proxy's own
paper defines.

Measured: Spearman's ρ between score and test accuracy over n cells of NAS-Bench-201, with its 95 % bootstrap interval,
turned so that a good proxy is positive. A dash: the proxy is not defined on cells. Setting:

- *published*: 32 pixels, batches of 64, seed 0, over the {published} cells of NAS-Bench-Suite-Zero or, where n is
  smaller by more than one or two, over a random part of them; real CIFAR-10 images, or noise where the proxy is defined
  on noise here. A proxy that fixes its own batch or resolution keeps it.
  From [`{published_study}`](../{published_study}/README.md).
- *small*: noise images of 16 pixels, batches of 16, one seed, over {small} random cells.
  From [`{small_study}`](../{small_study}/README.md). It stands only where there is no row of the published setting.

Compare ρ of two proxies only under one setting, and look at the intervals: the other setting has other cells and other
images. Other seeds and other spaces give other numbers. s / network is the median of seconds per network under the
small setting (one CPU thread, building the network included), for all proxies; those of `vkdnw` and `gradsign` were
measured while other work ran, so they compare with no other.

"""
VARIANTS_HEAD = """## Variants

Proxies that were measured under more than one definition. *Before*: the definition has not changed since before the
kept studies were run. *After*: it was chosen once the correlations of the variants had been seen, so its ρ is partly a
result of that choice. *Not used*: not the built-in proxy, measured for comparison. All rows are of the published
setting; the images are real unless a row says noise.

"""
INITS = {"default": "PyTorch's", "gaussian": "N(0, 1)", "kaiming": "Kaiming"}


def catalogue(small: Path = SMALL_STUDY, published: Path = PUBLISHED_STUDY) -> str:
    """The page as Markdown, with the measured columns of two studies' reports."""
    variants = pd.read_csv(published / "report" / "variants.csv")
    measured = _measured(small, published, variants)
    seconds = pd.read_csv(small / "report" / "table.csv").set_index("proxy")["score_seconds"]
    entries = [proxies.get(name) for name in sorted(proxies.names())]
    counts = measured.groupby("setting").n.max()
    head = HEAD.format(
        count=len(entries),
        published=counts["published"],
        published_study=published.as_posix(),
        small=counts["small"],
        small_study=small.as_posix(),
    )
    columns = ["proxy", "needs", "direction", "s / network", "setting", "n", *_titles()]
    rows = [
        [
            f"[`{entry.name}`](#{entry.name})",
            needs(entry),
            direction(entry),
            brief(seconds.get(entry.name, math.nan)),
            *_cells(measured[measured.proxy == entry.name], "setting"),
        ]
        for entry in entries
    ]
    parts = [head + _table(columns, rows), VARIANTS_HEAD + _variants(variants)]
    return "\n\n".join(parts) + "\n\n" + "\n".join(_section(entry) for entry in entries)


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


def _measured(small: Path, published: Path, variants: pd.DataFrame) -> pd.DataFrame:
    """The best measured row of each proxy and data set: `proxy, dataset, setting, n, rho, rho_low, rho_high`.

    The published setting goes before the small one; within it, a row of `variants` before one of the study's report,
    which scored on CIFAR-10 images even what is defined on noise.
    """
    built_in = variants[variants.fixed != NOT_USED].assign(setting="published")
    large = pd.read_csv(published / "report" / "correlation.csv").assign(setting="published")
    little = pd.read_csv(small / "report" / "correlation.csv").assign(setting="small")
    rows = pd.concat([built_in, large, little], ignore_index=True)
    return rows.drop_duplicates(["proxy", "dataset"])[["proxy", "dataset", "setting", *MEASURED]]


def _variants(variants: pd.DataFrame) -> str:
    """The table of all proxies that have more than one variant."""
    several = variants.groupby("proxy").filter(lambda rows: rows.variant.nunique() > 1)
    rows = [
        [f"[`{proxy}`](#{proxy})", str(variant), *_cells(group, "fixed")]
        for (proxy, variant), group in several.groupby(["proxy", "variant"], sort=False)
    ]
    return _table(["proxy", "variant", "fixed", "n", *_titles()], rows)


def _cells(rows: pd.DataFrame, label: str) -> list[str]:
    """A label, n and ρ for each data set, of the rows of one proxy: dashes where there are none."""
    if rows.empty:
        return [DASH] * (2 + len(DATASETS))
    by_dataset = rows.set_index("dataset").loc[list(DATASETS)]
    correlations = [bounded(row.rho, row.rho_low, row.rho_high) for row in by_dataset.itertuples()]
    return [str(by_dataset[label].iloc[0]), str(by_dataset.n.min()), *correlations]


def _titles() -> list[str]:
    return [f"ρ {dataset_label(name)}" for name in DATASETS]


def _table(columns: list[str], rows: list[list[str]]) -> str:
    return "\n".join(f"| {' | '.join(line)} |" for line in [columns, ["---"] * len(columns), *rows])


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

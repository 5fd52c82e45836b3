"""How much a ranking depends on batch size, resolution and draws: table and figure of docs/performance.md.

    python tests/benchmarks/score_settings.py score FOLDER [PROXY ...]   hours; goes on where it was interrupted
    python tests/benchmarks/score_settings.py time FOLDER [PROXY ...]    seconds of a score, with nothing else running
    python tests/benchmarks/score_settings.py report FOLDER [PROXY ...]  the table on stdout, the figure in FOLDER

200 architectures of `resnet` within a million parameters and 18 layers, from small to large, on noise.
"""

import math
import statistics
import sys
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from matplotlib.figure import Figure
from scipy.stats import spearmanr
from zsbench import space
from zsbench.bench.executors.local import open_executor
from zsbench.bench.executors.running import run_jobs
from zsbench.bench.jobs import ScoreJob, Setting
from zsbench.reports.style import GREY, SERIES, fit_scale, grid, render, style
from zsbench.results import Store
from zsbench.search import Budget, stratified_sample

COUNT, DRAWS = 200, (1, 2, 4)
BATCHES, RESOLUTIONS = (8, 16, 32, 64), (8, 16, 32)
WANTED = 0.98  # Spearman's correlation with the reference from which on a setting may stand in for it


class Grid(NamedTuple):
    """The settings of a proxy. The largest of each is the reference."""

    batches: tuple[int, ...] = BATCHES
    resolutions: tuple[int, ...] = RESOLUTIONS


GRIDS = {
    "zen": Grid(),
    "naswot_zen": Grid(),
    "grad_norm_zen": Grid(),
    "synflow_zen": Grid((64,)),
    "synflow": Grid((64,)),
    "snip": Grid(),
    "fisher": Grid(),
    "jacob_cov": Grid(),
    "naswot": Grid((64,)),
    "zico": Grid(resolutions=(16, 32)),
    # One backward pass an image: the published batch of 64 takes sixteen times as long as one of 16.
    "te_nas_zen": Grid((4, 8, 16)),
    "ntk_cond": Grid((4, 8, 16)),
    "grasp": Grid((8, 16, 32), (16, 32)),
}


def architectures() -> list[str]:
    """The sample, from small to large."""
    budget = Budget(params=1_000_000, layers=18, resolution=32, num_classes=100)
    return [str(a) for a in stratified_sample(space.get("resnet"), budget, COUNT, 0)]


def settings(name: str) -> Iterator[tuple[int, int, int]]:
    """Batch size, resolution and number of draws, from cheap to dear: four draws of what is far cheaper, else two."""
    batches, resolutions = GRIDS[name]
    largest = max(batches) * max(resolutions) ** 2
    for batch, side in sorted(product(batches, resolutions), key=lambda pair: pair[0] * pair[1] ** 2):
        part = batch * side**2 / largest
        if part <= 1 / 4 or part == 1:  # half the pixels would save little
            yield batch, side, max(DRAWS) if part <= 1 / 16 else 2


def setting(batch: int, side: int, seed: int) -> Setting:
    """The conditions of a score."""
    return Setting("resnet", seed, "published", side, batch, 100, "noise", "cpu", 600.0)


def job(name: str, text: str, batch: int, side: int, seed: int) -> ScoreJob:
    """One score."""
    return ScoreJob(name, text, setting(batch, side, seed))


def score(folder: Path, names: Iterable[str]) -> None:
    """Score the sample, a proxy after another."""
    texts = architectures()
    with Store(folder / "results.sqlite") as store, open_executor(None, 1) as executor:
        for name in names:
            jobs = []
            for batch, side, draws in settings(name):
                for seed in range(draws):
                    known = store.scored(**setting(batch, side, seed).key(name))
                    jobs += [job(name, text, batch, side, seed) for text in texts if text not in known]
            for _, row in run_jobs(executor, jobs, name):
                store.add_score(row)


def time(folder: Path, names: Iterable[str]) -> None:
    """Seconds of a score in this process, one thread: the mean over eight of the sample, of each the faster of two."""
    texts = architectures()[COUNT // 16 :: COUNT // 8]
    rows = []
    with open_executor(1, 1):
        for name in names:
            job(name, texts[0], 8, 8, 0).run()  # what is compiled once is compiled here
            for batch, side, _ in settings(name):
                taken = [min(job(name, text, batch, side, s).run()["seconds"] for s in (0, 1)) for text in texts]
                rows.append({"proxy": name, "batch": batch, "side": side, "seconds": statistics.mean(taken)})
            print(name, flush=True)
    pd.DataFrame(rows).to_csv(folder / "seconds.csv", index=False)


def report(folder: Path, names: Iterable[str]) -> None:
    """Print a table, and draw it."""
    rows = []
    with Store(folder / "results.sqlite", read_only=True) as store:
        for name in names:
            rows += list(_agreements(name, store))
    table = pd.DataFrame(rows).merge(pd.read_csv(folder / "seconds.csv"), on=["proxy", "batch", "side"])
    table["seconds"] *= table.draws
    table.to_csv(folder / "settings.csv", index=False)
    with style():
        drawn = figure(table)
    for kind, data in render(drawn).items():
        (folder / f"score-settings.{kind}").write_bytes(data)
    print("| proxy | batch, px, draws | seconds | Spearman to the reference | to itself under another seed |")
    print("|---|---|---:|---:|---:|")
    for name, group in table.groupby("proxy", sort=False):
        for _, row in chosen(group).iterrows():
            noise = "" if math.isnan(row.noise) else f"{row.noise:.3f}"
            setting = f"{row.batch}, {row.side}, {row.draws}"
            print(f"| `{name}` | {setting} | {row.seconds:.3f} | {row.spearman:.3f} | {noise} |")


def chosen(group: pd.DataFrame) -> pd.DataFrame:
    """The reference, the cheapest setting that may stand in for it, and the best of those that cost a tenth at most."""
    reference = group[(group.batch == group.batch.max()) & (group.side == group.side.max()) & (group.draws == 1)]
    good = group[(group.spearman >= WANTED) & (group.seconds < reference.seconds.item())]
    cheap = group[group.seconds <= reference.seconds.item() / 10]
    rows = [reference, good.nsmallest(1, "seconds"), cheap.nlargest(1, "spearman")]
    return pd.concat(rows).drop_duplicates(["batch", "side", "draws"])


def figure(table: pd.DataFrame) -> Figure:
    """Agreement with the reference against seconds, a panel a proxy, a colour a resolution."""
    drawn, panels = grid(table.proxy.nunique(), 1.8)
    sides = sorted(table.side.unique())
    for axes, (name, group) in zip(panels, table.groupby("proxy", sort=False), strict=True):
        for side, colour in zip(sides, SERIES, strict=False):
            for draws, marker in zip(DRAWS, "osD", strict=True):
                points = group[(group.side == side) & (group.draws == draws)].sort_values("seconds")
                label = f"{side} px, draws: {draws}"
                axes.plot(points.seconds, points.spearman, marker, color=colour, markersize=3, label=label, mew=0)
        single = group[group.draws == 1].sort_values("seconds")
        for row in single.itertuples():
            axes.annotate(str(row.batch), (row.seconds, row.spearman), (2, -6), textcoords="offset points", size=4.5)
        axes.axhline(WANTED, color=GREY, linewidth=0.6, linestyle="--")
        fit_scale(axes, "x", group.seconds)
        axes.set_title(name)
        axes.set_xlabel("seconds a score, one thread")
        axes.set_ylabel("Spearman to the reference")
    handles, labels = panels[0].get_legend_handles_labels()
    drawn.legend(handles, labels, loc="outside lower center", ncols=3)
    return drawn


def _agreements(name: str, store: Store) -> Iterator[dict[str, object]]:
    """A row a setting: how well it ranks as the reference does, and as itself under other seeds."""
    scores = store.scores(proxy=name, protocol="published", status="ok")
    columns = {
        key: group.set_index("architecture").value
        for key, group in scores.groupby(["batch_size", "resolution", "seed"])
    }
    *_, (most, largest, _) = settings(name)
    references = [columns[most, largest, seed] for seed in range(2)]
    for batch, side, draws in settings(name):
        own = [columns[batch, side, seed] for seed in range(draws) if (batch, side, seed) in columns]
        if len(own) < draws:  # no network has a value: a map of one pixel, and one image to normalise it by
            continue
        if (batch, side) == (most, largest):
            noise = _spearman(*references)
            yield {"proxy": name, "batch": batch, "side": side, "draws": 1, "spearman": noise, "noise": noise}
            continue
        for count in (count for count in DRAWS if count <= draws):
            means = [sum(own[start : start + count]) / count for start in range(0, draws, count)]
            agreement = statistics.mean(_spearman(mean, reference) for mean in means for reference in references)
            noise = _spearman(means[0], means[1]) if len(means) > 1 else math.nan
            yield {
                "proxy": name, "batch": batch, "side": side, "draws": count, "spearman": agreement, "noise": noise,
            }  # fmt: skip


def _spearman(one: pd.Series, other: pd.Series) -> float:
    both = pd.concat([one, other], axis=1).dropna()  # without the few that have no score under a setting
    return float(spearmanr(both.iloc[:, 0], both.iloc[:, 1]).statistic)


if __name__ == "__main__":
    action, target, *only = sys.argv[1:]
    Path(target).mkdir(parents=True, exist_ok=True)
    {"score": score, "time": time, "report": report}[action](Path(target), only or GRIDS)

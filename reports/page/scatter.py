"""What the page's script draws as scatter plots: the sample once, each proxy's scores, and its winners."""

import math
from typing import Any

import pandas as pd

from ...results import Store, points
from ..style import scale_of
from ..text import DASH, minus, missing

DIGITS = 6  # of a score: what a drawing can show, and half the size


def scatter_data(store: Store, correlations: pd.DataFrame, labels: dict[str, str]) -> dict[str, Any]:
    """Everything that all the panels show, as JSON can hold it.

    `architectures`, `params`, `macs`, `layers` and `blocks` (of `blocks_of`) are lists over the architectures.
    `accuracies`, by data set, and `scores`, by proxy, are lists over them too, None where there is none. `panels` has
    an entry for each data set and proxy: `winners`, lists of [architecture, score, accuracy], `tau` as text, the `kind`
    of the score's axis with its `threshold`, and `up`: whether a higher score is the better one.
    """
    plotted = points(store)
    texts = plotted["architecture"].unique().tolist()
    place = {text: number for number, text in enumerate(texts)}
    sample = plotted[plotted["kind"] == "sample"]
    size = plotted.drop_duplicates("architecture").set_index("architecture").reindex(texts)
    layers = _layers(store).reindex(texts)
    upwards = store.proxies().set_index("proxy")["higher_is_better"]
    accuracies = {
        name: _aligned(rows.drop_duplicates("architecture").set_index("architecture")["accuracy"], texts)
        for name, rows in sample.groupby("dataset")
    }
    scores = {
        proxy: _aligned(rows.drop_duplicates("architecture").set_index("architecture")["score"], texts)
        for proxy, rows in sample.groupby("proxy")
    }
    panels = []
    for record in correlations[["dataset", "proxy", "n", "tau", "tau_low", "tau_high"]].to_dict("records"):
        mine = plotted[(plotted["dataset"] == record["dataset"]) & (plotted["proxy"] == record["proxy"])]
        if mine.empty:
            continue
        won = mine.loc[mine["kind"] == "winner", ["architecture", "score", "accuracy"]]
        kind, threshold = scale_of(mine["score"])
        panels.append(
            {
                "dataset": record["dataset"],
                "proxy": record["proxy"],
                "label": labels[record["proxy"]],
                "tau": told_tau(record),
                "kind": kind,
                "threshold": threshold,
                "up": bool(upwards[record["proxy"]]),
                "winners": [[place[text], _brief(score), _brief(reached)] for text, score, reached in won.to_numpy()],
            }
        )
    return {
        "architectures": texts,
        "params": _whole(size["params"]),
        "macs": _whole(size["macs"]),
        "layers": _whole(layers),
        "blocks": [blocks_of(text) for text in texts],
        "accuracies": accuracies,
        "scores": scores,
        "panels": panels,
    }


def told_tau(record: dict[Any, Any]) -> str:
    """The correlation as the plot's title has it: "τ 0.29 (0.08 to 0.49), n 40"."""
    if missing(record["tau"]):
        return f"τ {DASH}, n {record['n']}"
    tau, low, high = (minus(f"{record[name]:.2f}") for name in ("tau", "tau_low", "tau_high"))
    ends = "" if missing(record["tau_low"]) else f" ({low} to {high})"
    return f"τ {tau}{ends}, n {record['n']}"


def blocks_of(text: str) -> list[list[Any]] | None:
    """[family, label, channels, bottleneck, layers, stride] of each super-block; None where it is no chain of them."""
    from ...space import Structure, parse  # at first use: it brings torch
    from ..diagram import named

    try:
        found = parse(text)
    except ValueError:  # of a space that this version does not know
        return None
    if not isinstance(found, Structure):
        return None
    return [
        [*named(block.kind), block.out_channels, block.bottleneck, block.layers, block.stride] for block in found.blocks
    ]


def _layers(store: Store) -> pd.Series:
    """Layers of every architecture that a row tells them of."""
    parts = [store.samples().set_index("architecture")["layers"], store.searches().set_index("winner")["layers"]]
    together = pd.concat(parts)
    return together[~together.index.duplicated()]


def _aligned(values: pd.Series, texts: list[str]) -> list[float | None]:
    return [_brief(value) for value in values.reindex(texts)]


def _brief(value: float) -> float | None:
    return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None


def _whole(values: pd.Series) -> list[int | None]:
    return [None if pd.isna(value) else int(value) for value in values]

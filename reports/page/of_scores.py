"""The figures of what scores are worth, each made of the frame that holds its numbers."""

import math
from typing import Any

import pandas as pd

from ...results import Store, alike, clustered, worth
from ..text import bounded, dataset_label
from .figure import Figure, Labels
from .forest import Guide, Mark, Row, forest
from .matrix import matrix
from .pareto import pareto

TAUS = "Where an interval holds 0, the sample cannot tell whether there is a relation."
SIZES = "A score that only counts parameters falls to 0 among networks of one size."
FRONT = "On the line: no other score is as cheap and better. Up and to the left is where one wants to be."


def taus(correlations: pd.DataFrame, noise: pd.DataFrame, labels: Labels) -> list[Figure]:
    """Kendall's tau-b of each proxy with its interval and what noise leaves to be reached, for each data set."""
    figures = []
    for name, rows in correlations.groupby("dataset", sort=False):
        if rows["tau"].isna().all():
            continue
        rows = rows.sort_values("tau", ascending=False, kind="stable", na_position="last")
        lines = [
            Row(labels[row["proxy"]], (_tau_mark(row, "tau", "measured", labels),)) for row in rows.to_dict("records")
        ]
        limits = noise[noise["dataset"] == name].to_dict("records")
        guides = [
            Guide(limit[column], f"{told}, {limit[column]:.2f}", look, beyond=column == "perfect_tau")
            for limit in limits
            for column, told, look in (
                ("noise_ceiling_tau", "two trainings agree at", "noise"),
                ("perfect_tau", "a perfect score would reach", "noise perfect"),
            )
            if not math.isnan(limit[column])
        ]
        label = dataset_label(str(name))
        drawn = forest(lines, "Kendall's τ, score against accuracy", f"{label}: rank correlation of each score with "
                       "accuracy; the numbers are in the tables below",
                       [("measured", "95 % interval over architectures")], guides, within=(-1.0, 1.0))  # fmt: skip
        figures.append(Figure(label, TAUS, [drawn]))
    return figures


def _tau_mark(row: dict[Any, Any], column: str, look: str, labels: Labels, what: str = "τ") -> Mark:
    low, high = row[f"{column}_low"], row[f"{column}_high"]
    return Mark(row[column], low, high, look, f"{labels[row['proxy']]}: {what} {bounded(row[column], low, high)}")


LADDER = (("tau", "series0", "all architectures"), ("tau_within_deciles", "series1", "within a tenth of parameters"),
          ("tau_within_10pct", "series2", "within 10 % of parameters"))  # fmt: skip


def ladder(correlations: pd.DataFrame, labels: Labels) -> list[Figure]:
    """What is left of each correlation among architectures of about one size, for each data set."""
    figures = []
    for name, rows in correlations.groupby("dataset", sort=False):
        steps = [step for step in LADDER if rows[step[0]].notna().any()]
        if len(steps) < 2:
            continue
        rows = rows.sort_values("tau", ascending=False, kind="stable", na_position="last")
        lines = [
            Row(labels[row["proxy"]],
                tuple(_tau_mark(row, column, look, labels, f"τ, {told},")._replace(low=math.nan, high=math.nan)
                      for column, look, told in steps), joined=True)
            for row in rows.to_dict("records")
        ]  # fmt: skip
        label = dataset_label(str(name))
        drawn = forest(lines, "Kendall's τ", f"{label}: rank correlation over all architectures and among those of one "
                       "size; the numbers are in the tables below", [(look, told) for _, look, told in steps],
                       within=(-1.0, 1.0))  # fmt: skip
        figures.append(Figure(label, SIZES, [drawn]))
    return figures


def fronts(correlations: pd.DataFrame, score_noise: pd.DataFrame, labels: Labels) -> list[Figure]:
    """Cost against worth, for each data set."""
    return [
        Figure(
            dataset_label(str(name)),
            FRONT,
            [pareto(rows, dict(labels), f"{dataset_label(str(name))}: seconds of a score against its correlation")],
        )
        for name, rows in worth(correlations, score_noise).groupby("dataset", sort=False)
        if len(rows) > 1
    ]


def likeness(store: Store, labels: Labels) -> Figure | None:
    """How alike the proxies order the sample."""
    frame = alike(store)
    order = clustered(frame)
    if len(order) < 3:
        return None
    drawn = matrix(frame, order, dict(labels), "rank correlation of the scores of every two proxies")
    caption = (
        "Kendall's τ of two scores over the sample; those that order alike are neighbours. Two that are nearly 1 are "
        "one."
    )
    return Figure("Which scores are alike", caption, [drawn])

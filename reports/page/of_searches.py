"""The figures of what searches found, each made of the frame that holds its numbers."""

import json
import math
from typing import Any

from markupsafe import Markup

from ...results import (
    Comparison,
    Store,
    accuracy_curves,
    best_accuracies,
    budgets,
    over_random,
    placing,
    search_curves,
)
from ...results.references import RANDOM
from ..diagram import diagram
from ..text import dataset_label, directed
from .figure import Figure, Labels
from .forest import Guide, Mark, Row, forest
from .grid import signed
from .lines import Curve, panels
from .ranks import rank_diagram
from .stages import stages, step_of

ZERO = "Zero is what a network drawn at random reaches under the same training."


def gains(comparison: Comparison, labels: Labels) -> list[Figure]:
    """What each row's winners gain over a random network, measured and published, for each data set."""
    frame = over_random(comparison)
    frame = frame[frame["kind"] == "proxy"]
    figures = []
    for name, rows in frame.groupby("dataset", sort=False):
        shown = rows.dropna(subset=["difference", "published"], how="all")
        shown = shown.sort_values("difference", ascending=False, kind="stable", na_position="last")
        if shown.empty:
            continue
        key = [("measured", "measured here, 95 % interval")] * bool(shown["difference"].notna().any())
        key += [("published", "published, over its own row Random")] * bool(shown["published"].notna().any())
        lines = [Row(_row_label(row, labels), _gain_marks(row, labels)) for row in shown.to_dict("records")]
        best = comparison.of("reference").on(str(name))
        random = best[best["proxy"] == RANDOM]["mean"]
        guides = [
            Guide(row["mean"] - float(random.iloc[0]), row["proxy"], "guide")
            for row in best.to_dict("records")
            if len(random) and row["proxy"] != RANDOM and not math.isnan(row["mean"])
        ]
        label = dataset_label(str(name))
        drawn = forest(lines, "percent points above a random network", f"{label}: gain of the winners over a random "
                       "network, row by row; the numbers are in the table above", key, guides)  # fmt: skip
        figures.append(Figure(label, ZERO, [drawn]))
    return figures


def _gain_marks(row: dict[Any, Any], labels: Labels) -> tuple[Mark, ...]:
    name = _row_label(row, labels)
    told = f"{name}: {signed(row['difference'])} points"
    if not math.isnan(row["low"]):
        told += f", from {signed(row['low'])} to {signed(row['high'])}"
    marks = [Mark(row["difference"], row["low"], row["high"], "measured", told)]
    if not math.isnan(row["published"]):
        marks.append(Mark(row["published"], math.nan, math.nan, "published",
                          f"{name}, published: {signed(row['published'])} points"))  # fmt: skip
    return tuple(marks)


def _row_label(row: dict[Any, Any], labels: Labels) -> str:
    return f"{labels[row['proxy']]}, {row['strategy']}" if row["strategy"] else labels[row["proxy"]]


def ranked(store: Store, labels: Labels) -> Figure | None:
    """The critical-difference diagram of the searches."""
    found = placing(store)
    if found.rows.empty:
        return None
    names = found.rows["strategy"].nunique() > 1
    shown = [
        f"{labels[proxy]}, {strategy}" if names else labels[proxy]
        for proxy, strategy in found.rows[["proxy", "strategy"]].itertuples(index=False)
    ]
    caption = (
        f"Mean rank of the winners' accuracy over {found.seeds} search seeds, 1 is the best. Rows under one bar cannot "
        "be told apart at 5 % (Nemenyi's test, all pairs)."
    )
    return Figure("Mean ranks", caption, [rank_diagram(found, shown, "mean ranks of the searches' winners")])


def budget_panels(store: Store, labels: Labels) -> list[Figure]:
    """Accuracy, or regret where the best is known, over evaluations and over seconds, for each data set."""
    spent, best = budgets(accuracy_curves(store)), best_accuracies(store)
    several = spent["strategy"].nunique() > 1
    figures = []
    for number, ((name, axis), rows) in enumerate(spent.groupby(["dataset", "axis"], sort=False)):
        top = best.get(str(name))
        groups = {}
        for (proxy, strategy), line in rows.sort_values("budget").groupby(["proxy", "strategy"], sort=False):
            values = line[["budget", "median", "low", "high"]].to_numpy("float64", copy=True)
            if top is not None:
                values[:, 1:] = top - values[:, 1:]
            title = f"{labels[proxy]}, {strategy}" if several else labels[proxy]
            groups[title] = [Curve(values[:, :2].tolist(), values[:, 2:].tolist())]
        told = "accuracy, %" if top is None else "regret, points"
        unit = "evaluations" if axis == "evaluations" else "seconds of one worker"
        drawn = panels(groups, unit, told, log=True, together=True, name=f"behind{number}")
        caption = (
            f"{told.capitalize()}: what the searches' best so far reaches, median and quartiles over seeds; grey: the "
            "others."
        )
        figures.append(Figure(f"{dataset_label(str(name))} over {axis}", caption, drawn))
    return figures


def progress(store: Store, labels: Labels) -> Figure | None:
    """Best score so far over evaluations."""
    curves = search_curves(store)
    if curves.empty:
        return None
    upwards = store.proxies().set_index("proxy")["higher_is_better"]
    groups = {
        directed(labels[str(proxy)], bool(upwards[str(proxy)])): [
            Curve(line[["evaluation", "value"]].to_numpy("float64").tolist())
            for _, line in rows.groupby(["strategy", "seed"])
        ]
        for proxy, rows in curves.groupby("proxy", sort=False)
    }
    drawn = panels(groups, "evaluations", "best score so far", log=False, together=False, name="")
    caption = (
        "Best score so far, a line for each search. Scores of different proxies do not compare; ↓: lower is better."
    )
    return Figure("How the searches went", caption, drawn)


def drawn_winners(store: Store, labels: Labels) -> dict[tuple[str, str, int], Markup]:
    """The winners stage by stage, by proxy, strategy and seed; those that are chains of super-blocks."""
    found = store.searches().dropna(subset="blocks")
    diagrams = {
        (row["proxy"], row["strategy"], row["seed"]): diagram(labels[row["proxy"]], row, json.loads(row["blocks"]))
        for row in found.to_dict("records")
    }
    most = max((one.layers for one in diagrams.values()), default=1)
    return {key: stages(one, step_of(most), most) for key, one in diagrams.items()}

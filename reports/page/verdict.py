"""What a study found, in sentences made of its numbers: no stronger than they are."""

from typing import Any, NamedTuple

import pandas as pd

from ...results import Comparison, over_random
from ..table import tied_with_best
from ..text import dataset_label

MOST_NAMES = 3  # more are counted, not listed
SIGNIFICANT = 0.05


class Verdict(NamedTuple):
    """`found`: the sentences on each data set, by its label; `limits`: what the numbers do not resolve."""

    found: dict[str, list[str]]
    limits: list[str]


def verdict(comparison: Comparison, statistics: pd.DataFrame, noise: pd.DataFrame, labels: dict[str, str]) -> Verdict:
    """The verdict; `statistics` is the frame of `reports.statistics.together`, `noise` that of `accuracy_noise`."""
    gained = over_random(comparison)
    proxies = comparison.of("proxy")
    found = {}
    for name in comparison.datasets:
        rows = proxies.on(name)
        rows = rows.assign(label=[_label(row, labels) for row in rows.to_dict("records")])
        told = [
            _searches(rows),
            _against_random(gained[(gained["dataset"] == name) & (gained["kind"] == "proxy")]),
            _ranking(statistics[statistics["dataset"] == name], labels),
        ]
        found[dataset_label(name)] = [sentence for sentence in told if sentence]
    return Verdict({label: told for label, told in found.items() if told}, _limits(proxies, noise))


def _label(row: dict[Any, Any], labels: dict[str, str]) -> str:
    return f"{labels[row['proxy']]}{', ' + row['strategy'] if row['strategy'] else ''}"


def _searches(rows: pd.DataFrame) -> str:
    """Which searches end well, and whether that can be told."""
    known = rows[rows["mean"].notna()]
    if len(known) < 2:
        return ""
    best = known.loc[known["mean"].idxmax()]
    first = f"{best['label']} leads to the most accurate winners ({best['mean']:.1f} % on average)"
    if known["letters"].eq("").all():
        return f"{first}, but its searches cannot be told from the others: one search seed shows no spread."
    places = tied_with_best(rows)
    tied = [label for place, label in enumerate(rows["label"]) if place in places and label != best["label"]]
    worse = [label for place, label in enumerate(rows["label"]) if place not in places and rows["letters"].iloc[place]]
    if not worse:
        return f"{first}, but the searches tell none of the {len(known)} rows apart."
    if not tied:
        return f"{first}, more than with any other proxy."
    return f"{first}, but cannot be told from {named(tied, 'others')}; {named(worse, 'rows')} {_do(worse)} worse."


def _against_random(gained: pd.DataFrame) -> str:
    """How the rows stand against the mean of random networks."""
    known = gained.dropna(subset=["low"])
    if known.empty:
        return ""
    above, below = int(known["low"].gt(0).sum()), int(known["high"].lt(0).sum())
    rest = len(known) - above - below
    if rest == len(known):
        return f"None of {len(known)} rows can be told from a random network."
    first = f"{above or 'None'} of {len(known)} rows {'do' if above > 1 else 'does'} better than a random network"
    parts = [f"{below} {'do' if below > 1 else 'does'} worse"] * bool(below)
    parts += [f"{rest} cannot be told from one"] * bool(rest)
    return f"{first}; {' and '.join(parts)}." if parts else f"{first}."


def _ranking(rows: pd.DataFrame, labels: dict[str, str]) -> str:
    """Which scores order the sample, and better than size."""
    known = rows.dropna(subset=["tau"])
    if known.empty:
        return ""
    counts = sorted({int(n) for n in known["n"]})
    size = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    ordering = known[known["tau_low"].fillna(known["tau"]) > 0].sort_values("tau", ascending=False, kind="stable")
    if ordering.empty:
        first = f"Over {size} sampled architectures, no score is shown to order accuracies better than chance"
    else:
        names = [f"{labels[proxy]} (τ {tau:.2f})" for proxy, tau in ordering[["proxy", "tau"]].itertuples(index=False)]
        listed = named(names, "scores") if len(names) <= MOST_NAMES else f"{len(names)} scores, first {names[0]},"
        first = (
            f"Over {size} sampled architectures, {listed} {'order' if len(names) > 1 else 'orders'} accuracies better "
            "than chance"
        )
    tested = known.dropna(subset=["size_difference_p_adjusted"])
    if tested.empty:
        return f"{first}."
    better = tested.loc[tested["size_difference_p_adjusted"] < SIGNIFICANT, "proxy"].map(labels).tolist()
    if not better:
        return f"{first}; none is shown to beat counting parameters and multiply-adds."
    beat = "beat" if len(better) > 1 else "beats"
    return f"{first}; {named(better, 'of them')} {beat} counting parameters and multiply-adds."


def _limits(proxies: Comparison, noise: pd.DataFrame) -> list[str]:
    """How far apart rows must be, and what noise leaves to be reached."""
    told = []
    reached = proxies.accuracies.dropna(subset=["half"])
    if not reached.empty:
        seeds = sorted({int(n) for n in reached["n"]})
        count = f"{seeds[0]}" if len(seeds) == 1 else f"{seeds[0]} to {seeds[-1]}"
        halves = ", ".join(
            f"± {rows['half'].median():.1f} points on {dataset_label(str(name))}"
            for name, rows in reached.groupby("dataset", sort=False)
        )
        told.append(f"Means over {count} search seeds are known to {halves} (95 %, median row).")
    ceilings = noise.dropna(subset=["noise_ceiling_tau"])
    for record in ceilings.to_dict("records"):
        told.append(
            f"Two trainings of the same architectures agree at τ {record['noise_ceiling_tau']:.2f} on "
            f"{dataset_label(record['dataset'])}: no score can be expected to come much closer."
        )
    slow = int(proxies.searches["score_percentile"].lt(100).sum())
    if slow:
        told.append(f"{slow} row{'s have' if slow > 1 else ' has'} searches that have not converged.")
    return told


def named(names: list[str], noun: str) -> str:
    """Names as a list of words, or how many of `noun` they are where they are many."""
    if len(names) > MOST_NAMES:
        return f"{len(names)} {noun}"
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]


def _do(names: list[str]) -> str:
    return "do" if len(names) > 1 else "does"

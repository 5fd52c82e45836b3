"""The comparison as the page shows it: names for people, values to sort by, and columns that are folded away."""

from typing import Any, NamedTuple

import pandas as pd

from ...results import Comparison, over_random
from ..table import distinct, measured, reported, seconds, tied_with_best
from ..text import DASH, amount, brief, dataset_label, minus, missing, plain


class Head(NamedTuple):
    """A column: its title, what it means, and whether it is folded away at first."""

    title: str
    about: str = ""
    folded: bool = False


class Entry(NamedTuple):
    """A cell: its text, the value that sorts it (None: last), small print below it, letters, and whether it is bold."""

    text: str
    value: float | str | None = None
    small: str = ""
    letters: str = ""
    best: bool = False


class Grid(NamedTuple):
    """A table: its columns, and for each row whether it is no proxy's, and its cells."""

    heads: list[Head]
    rows: list[tuple[bool, list[Entry]]]


def comparison_grid(comparison: Comparison, labels: dict[str, str]) -> Grid:
    """The grid of a comparison with its references; `labels` are the names of its proxies."""
    searches = comparison.searches.to_dict("records")
    columns: list[tuple[Head, list[Entry]]] = [
        (Head("Proxy", "as papers call it; below, the id in CSV files and on the command line"),
         [_name(row, labels) for row in searches])
    ]  # fmt: skip
    if comparison.several:
        columns.append((Head("Strategy"), [Entry(row["strategy"] or DASH, row["strategy"]) for row in searches]))
    gained = over_random(comparison)
    for name in comparison.datasets:
        columns += _on(comparison.on(name), gained[gained["dataset"] == name].to_dict("records"), dataset_label(name))
    for name in comparison.datasets:
        rows = comparison.on(name).to_dict("records")
        taus = [Entry(_tau(row), _value(row["tau"]), _ends(row, "tau")) for row in rows]
        columns.append((Head(f"τ {dataset_label(name)}", "rank correlation of score and accuracy"), taus))
    columns += [
        (Head("Search s", "what one search costs one worker"),
         [Entry(seconds(row["search_seconds"]), _value(row["search_seconds"])) for row in searches]),
        (Head("s / network", "what one score takes", folded=True),
         [Entry(brief(row["score_seconds"]), _value(row["score_seconds"])) for row in searches]),
        *_sizes(searches),
        (Head("Evaluations", "scores a search may ask for", folded=True),
         [Entry(plain(row["evaluations"]), _value(row["evaluations"])) for row in searches]),
        (Head("Winners", "different networks among those found", folded=True),
         [Entry(distinct(row), _value(row["distinct_winners"])) for row in searches]),
        (Head("Failures", "scores that were no finite numbers", folded=True),
         [Entry(plain(row["statuses"]), row["statuses"] or None) for row in searches]),
    ]  # fmt: skip
    filled = [(head, cells) for head, cells in columns if any(cell.text != DASH for cell in cells)]
    lines = zip(*(cells for _, cells in filled), strict=True)
    return Grid(
        [head for head, _ in filled],
        [(row["kind"] != "proxy", list(cells)) for row, cells in zip(searches, lines, strict=True)],
    )


def _name(row: dict[Any, Any], labels: dict[str, str]) -> Entry:
    if row["kind"] != "proxy":
        return Entry(row["proxy"], row["proxy"])
    label = labels[row["proxy"]]
    return Entry(label, label.casefold(), "" if label == row["proxy"] else row["proxy"])


def _on(frame: pd.DataFrame, gained: list[dict[Any, Any]], label: str) -> list[tuple[Head, list[Entry]]]:
    """The columns of one data set."""
    rows, tied = frame.to_dict("records"), tied_with_best(frame)
    columns = [
        (Head(f"{label}, %", "accuracy of the winners, ± half of the 95 % interval; rows that share a letter are tied"),
         [Entry(measured(row), _value(row["mean"]), letters=row["letters"], best=place in tied)
          for place, row in enumerate(rows)]),
        (Head(f"{label}: over random", "points above the mean random network of this study"),
         [Entry(signed(row["difference"]), _value(row["difference"])) for row in gained]),
        (Head(f"{label}: published over random", "points above the row Random of the published table"),
         [Entry(signed(row["published"]), _value(row["published"])) for row in gained]),
        (Head(f"{label} published, %", "of another budget and recipe: not to be compared", folded=True),
         [Entry(reported(row["published"]), _value(row["published"])) for row in rows]),
        (Head(f"{label} regret", "points below the best accuracy of the benchmark"),
         [Entry(DASH if missing(row["regret"]) else f"{row['regret']:.2f}", _value(row["regret"])) for row in rows]),
    ]  # fmt: skip
    return columns


def _sizes(searches: list[dict[Any, Any]]) -> list[tuple[Head, list[Entry]]]:
    return [
        (Head(title, about, folded=True), [Entry(amount(row[name]), _value(row[name])) for row in searches])
        for name, title, about in (
            ("params", "Params", "of the winners, mean"),
            ("macs", "MACs", "multiply-adds of the winners, mean"),
        )
    ]


def signed(value: float) -> str:
    """A difference with its sign, a dash where it is unknown."""
    return DASH if missing(value) else minus(f"{value:+.1f}")


def _tau(row: dict[Any, Any]) -> str:
    return DASH if missing(row["tau"]) else minus(f"{row['tau']:.2f}")


def _ends(row: dict[Any, Any], name: str) -> str:
    low, high = row[f"{name}_low"], row[f"{name}_high"]
    return "" if missing(low) else f"{minus(f'{low:.2f}')} to {minus(f'{high:.2f}')}"


def _value(value: Any) -> float | None:
    return None if missing(value) else float(value)

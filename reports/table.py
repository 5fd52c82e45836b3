"""The comparison as a table: for people in Markdown, for machines in CSV."""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from ..results import Comparison
from . import escaping
from .legend import legend, warning
from .text import DASH, amount, bounded, brief, dataset_label, interval, missing, plain


class Cell(NamedTuple):
    """One cell of the table for people.

    `best` marks the best measured accuracy of a data set and those that cannot be told from it, `letters` stand beside
    it, and `aside` is a row that is no proxy's.
    """

    text: str
    best: bool = False
    letters: str = ""
    aside: bool = False


def cells(comparison: Comparison) -> tuple[list[str], list[list[Cell]]]:
    """The table for people: its header and its rows.

    Published accuracies, regret and the seconds of sampled scores have a column where a proxy has one, strategies where
    there are several. Rows of `results.with_references` may stand below the proxies.
    """
    names, searches, several = comparison.datasets, comparison.searches, comparison.several
    known, tabular = _with_any(comparison, "published"), _with_any(comparison, "regret")
    header = ["Proxy", *["Strategy"] * several]
    for name in names:
        label = dataset_label(name)
        header += [f"{label} measured, %", *[f"{label} published, %"] * (name in known)]
        header += [f"{label} regret, pp"] * (name in tabular)
    sampled = bool(searches["score_seconds"].notna().any())
    header += ["Winners", "Params", "MACs", "Evaluations", "Search s", *["s / network"] * sampled]
    header += [*(f"τ {dataset_label(name)}" for name in names), "Failures"]
    on = {name: comparison.on(name) for name in names}
    tied = {name: tied_with_best(frame) for name, frame in on.items()}
    reached = {name: frame.to_dict("records") for name, frame in on.items()}
    rows = []
    for place, record in enumerate(searches.to_dict("records")):
        row = [Cell(str(record["proxy"])), *([Cell(str(record["strategy"] or DASH))] if several else [])]
        for name in names:
            one = reached[name][place]
            row.append(Cell(measured(one), place in tied[name], one["letters"]))
            row += [Cell(reported(one["published"]))] * (name in known)
            row += [Cell(interval(one["regret"], float("nan"), digits=2))] * (name in tabular)
        row += [Cell(distinct(record)), Cell(amount(record["params"])), Cell(amount(record["macs"]))]
        row += [Cell(plain(record["evaluations"])), Cell(seconds(record["search_seconds"]))]
        row += [Cell(brief(record["score_seconds"]))] * sampled
        row += [
            Cell(bounded(*(reached[name][place][part] for part in ("tau", "tau_low", "tau_high")))) for name in names
        ]
        row.append(Cell(plain(record["statuses"])))
        rows.append([cell._replace(aside=record["kind"] != "proxy") for cell in row])
    return header, rows


def distinct(record: Mapping[Hashable, Any]) -> str:
    """How many different networks the searches of a row found: "2 of 5", a dash where they found none."""
    return f"{record['distinct_winners']} of {record['winners']}" if record["winners"] else DASH


def _with_any(comparison: Comparison, column: str) -> set[str]:
    """The data sets on which a row has a published accuracy, or a regret."""
    return set(comparison.accuracies.dropna(subset=column)["dataset"])


def measured(record: Mapping[Hashable, Any]) -> str:
    """A mean with its interval: ± half of it, or its ends where it is no symmetric one."""
    mean, half, low, high = (record[part] for part in ("mean", "half", "low", "high"))
    if missing(half) and not missing(low):
        return f"{mean:.1f} [{low:.1f}, {high:.1f}]"
    return interval(mean, half)


def tied_with_best(frame: pd.DataFrame) -> set[int]:
    """Places of the rows that share a letter with the best one; none where rows have no letters."""
    marks = [set(text) for text in frame["letters"]]
    lettered = [place for place, own in enumerate(marks) if own]
    best = max(lettered, key=frame["mean"].tolist().__getitem__, default=None)
    return set() if best is None else {place for place in lettered if marks[best] & marks[place]}


def seconds(value: float) -> str:
    """Seconds, with one decimal below ten."""
    return f"{value:.1f}" if not missing(value) and value < 10 else plain(value)


def reported(accuracy: float) -> str:
    """A published accuracy with the decimals it was published with, one at least."""
    if missing(accuracy):
        return DASH
    return f"{accuracy:.1f}" if round(accuracy, 1) == accuracy else f"{accuracy:.2f}"


def markdown(comparison: Comparison) -> str:
    """The comparison as a Markdown table, with a warning where one is due, and its legend."""
    header, rows = cells(comparison)
    warned = f"**{escaping.markdown(warning(comparison))}**\n\n" if warning(comparison) else ""
    return f"{markdown_table(header, rows)}\n{warned}{legend(comparison)}\n"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A Markdown table, its first column to the left, the others to the right."""
    texts = [[_marked_down(cell) for cell in row] for row in rows]
    header = [escaping.markdown(title) for title in header]
    widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
    # Padded, so that the source reads as a table too: it is what a terminal shows.
    lines = [
        [f"{text:{'>' if place else '<'}{width}}" for place, (text, width) in enumerate(zip(row, widths, strict=True))]
        for row in [header, *texts]
    ]
    lines.insert(1, ["-" * (width - 1) + (":" if place else "-") for place, width in enumerate(widths)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _marked_down(cell: Cell) -> str:
    text = escaping.markdown(cell.text)
    text = f"**{text}**" if cell.best else f"*{text}*" if cell.aside and text != DASH else text
    return f"{text} {cell.letters}" if cell.letters else text


def csv(frame: pd.DataFrame) -> str:
    """A frame as CSV: raw column names, full precision, nothing where a value is missing."""
    texts = {name: frame[name].map(_cell) for name in frame.select_dtypes(["object", "str"])}
    return frame.assign(**texts).rename(columns=escaping.cell).to_csv(index=False, lineterminator="\n")


def _cell(value: object) -> object:
    return escaping.cell(value) if isinstance(value, str) else value

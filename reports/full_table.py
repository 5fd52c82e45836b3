"""`table.tex`: the whole comparison, as wide as the text of a page."""

from collections.abc import Sequence

from ..results import Comparison
from .escaping import latex as escape
from .escaping import shorten
from .legend import legend, warning
from .table import distinct, measured, reported, seconds, tied_with_best
from .text import DASH, amount, bounded, brief, interval, plain
from .typeset import NEEDS, TEXT, Column, Record, dashed, data_set, environment, rows_named, rules

ROWS = 24  # of one table: names may take two lines, and the notes a quarter of a page


def latex(comparison: Comparison) -> str:
    """The comparison as `table*` environments: accuracies and correlations, then what searches cost.

    One data set or two, and 24 rows at most, stand in one of them. They are as wide as the text, in one column or two.
    """
    across = 1 if comparison.accuracies["published"].notna().any() else 2
    tables = [
        (f"Accuracy and rank correlation on {_and(list(map(data_set, names)))}.", _reached(comparison, names))
        for names in _parts(comparison.datasets, across)
    ]
    tables.append(("What the searches cost, and what failed.", _cost(comparison)))
    told = [
        rf"\item {text}" for text in (escape(warning(comparison)), escape(legend(comparison).replace("`", ""))) if text
    ]
    lines, first = [NEEDS], True
    for place, (caption, columns) in enumerate(tables):
        count = len(columns[0].cells)
        for start in range(0, max(count, 1), ROWS):
            more = " Continued." if start else ""
            label = "tab:zsbench-full" + (f"-{place}" if place else "") + (f"-{start}" if start else "")
            notes = told if first else [r"\item Notes: see Table~\ref{tab:zsbench-full}."]
            lines_above = [row - start for row in rules(comparison)]
            part = [column._replace(cells=column.cells[start : start + ROWS]) for column in columns]
            lines += environment("table*", caption + more, label, part, lines_above, notes, apart=3)
            first = False
    return "\n".join(lines) + "\n"


def _reached(comparison: Comparison, names: Sequence[str]) -> list[Column]:
    """Names, and for each data set accuracy, regret and τ with their intervals."""
    columns = rows_named(comparison)
    for name in names:
        frame = comparison.on(name)
        records, tied, label = frame.to_dict("records"), tied_with_best(frame), data_set(name)
        told = [_measured(one, place in tied) for place, one in enumerate(records)]
        columns.append(Column("r", _titled(label, "measured, %"), told))
        if frame["published"].notna().any():
            cells = [dashed(reported(one["published"])) for one in records]
            columns.append(Column("r", _titled(label, "published, %"), cells))
        if frame["regret"].notna().any():
            cells = [dashed(interval(one["regret"], float("nan"), digits=2)) for one in records]
            columns.append(Column("r", _titled(label, "regret, pp"), cells))
        cells = [dashed(bounded(*(one[part] for part in ("tau", "tau_low", "tau_high")))) for one in records]
        columns.append(Column("r", _titled(label, "τ"), cells))
    return columns


def _cost(comparison: Comparison) -> list[Column]:
    """Names, and what their searches found, cost and failed at."""
    records = comparison.searches.to_dict("records")
    columns = [
        *rows_named(comparison),
        Column("r", "Winners", [dashed(distinct(one)) for one in records]),
        Column("r", "Params", [dashed(amount(one["params"])) for one in records]),
        Column("r", "MACs", [dashed(amount(one["macs"])) for one in records]),
        Column("r", "Evaluations", [dashed(plain(one["evaluations"])) for one in records]),
        Column("r", _titled("Search", "s"), [dashed(seconds(one["search_seconds"])) for one in records]),
    ]
    if comparison.searches["score_seconds"].notna().any():
        cells = [dashed(brief(one["score_seconds"])) for one in records]
        columns.append(Column("r", _titled("s", "/ network"), cells))
    failed = [escape(shorten(str(one["statuses"] or DASH), 60)) for one in records]
    return [*columns, Column(TEXT, "Failures", failed)]


def _measured(record: Record, bold: bool) -> str:
    text = dashed(measured(record))
    text = rf"\textbf{{{text}}}" if bold else text if record["kind"] == "proxy" else rf"\emph{{{text}}}"
    return rf"{text}\textsuperscript{{{escape(record['letters'])}}}" if record["letters"] else text


def _titled(above: str, below: str) -> str:
    return rf"\shortstack[r]{{{above}\\{escape(below)}}}"


def _and(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _parts(names: Sequence[str], size: int) -> list[Sequence[str]]:
    return [names[start : start + size] for start in range(0, len(names), size)]

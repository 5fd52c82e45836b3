"""`table.tex`: the whole comparison, as wide as the text of a page."""

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

    One data set and 24 rows at most stand in one of them. They are as wide as the text, in one column or two.
    """
    tables = [
        (f"Accuracy and rank correlation on {data_set(name)}.", _reached(comparison, name))
        for name in comparison.datasets
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


def _reached(comparison: Comparison, name: str) -> list[Column]:
    """Names, and on one data set accuracy, regret and τ with their intervals."""
    frame = comparison.on(name)
    records, tied = frame.to_dict("records"), tied_with_best(frame)
    told = [_measured(one, place in tied) for place, one in enumerate(records)]
    columns = [*rows_named(comparison), Column("r", _titled("measured", "%"), told)]
    if frame["published"].notna().any():
        columns.append(Column("r", _titled("published", "%"), [dashed(reported(one["published"])) for one in records]))
    if frame["regret"].notna().any():
        cells = [dashed(interval(one["regret"], float("nan"), digits=2)) for one in records]
        columns.append(Column("r", _titled("regret", "pp"), cells))
    cells = [dashed(bounded(*(one[part] for part in ("tau", "tau_low", "tau_high")))) for one in records]
    return [*columns, Column("r", r"$\tau$", cells)]


def _cost(comparison: Comparison) -> list[Column]:
    """Names, and what their searches found, cost and failed at."""
    records = comparison.searches.to_dict("records")
    columns = [
        *rows_named(comparison),
        Column("r", "Winners", [dashed(distinct(one)) for one in records]),
        Column("r", "Params", [dashed(amount(one["params"])) for one in records]),
        Column("r", "MACs", [dashed(amount(one["macs"])) for one in records]),
        Column("r", r"\shortstack[r]{Evalu-\\ations}", [dashed(plain(one["evaluations"])) for one in records]),
        Column("r", _titled("Search", "s"), [dashed(seconds(one["search_seconds"])) for one in records]),
    ]
    if comparison.searches["score_seconds"].notna().any():
        cells = [dashed(brief(one["score_seconds"])) for one in records]
        columns.append(Column("r", _titled("s", "/ network"), cells))
    failed = [escape(shorten(str(one["statuses"] or DASH), 60)) for one in records]
    columns[0] = columns[0]._replace(format=_weighted(1.3))
    return [*columns, Column(_weighted(0.7), "Failures", failed)]


def _weighted(share: float) -> str:
    """The format of a text column that has another share of the room than its like."""
    return TEXT.replace("{", rf"{{\hsize={share}\hsize\linewidth=\hsize", 1)


def _measured(record: Record, bold: bool) -> str:
    text = dashed(measured(record))
    text = rf"\textbf{{{text}}}" if bold else text if record["kind"] == "proxy" else rf"\emph{{{text}}}"
    return rf"{text}\textsuperscript{{{escape(record['letters'])}}}" if record["letters"] else text


def _titled(above: str, below: str) -> str:
    return rf"\shortstack[r]{{{above}\\{escape(below)}}}"

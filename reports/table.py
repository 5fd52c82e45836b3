"""The comparison as a table: for people in Markdown and LaTeX, for machines in CSV."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from reports.text import DASH, amount, bounded, brief, dataset_label, interval, missing, plain


class Cell(NamedTuple):
    """One cell of the table for people; `best` marks the best measured accuracy of a data set."""

    text: str
    best: bool = False


LATEX_ESCAPES = {
    "\\": r"\textbackslash{}",
    "_": r"\_",
    "%": r"\%",
    "&": r"\&",
    "#": r"\#",
    "$": r"\$",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "±": r"$\pm$",
    "τ": r"$\tau$",
    DASH: "--",
}


def datasets(frame: pd.DataFrame) -> list[str]:
    """Data sets of a comparison frame."""
    return [column.removesuffix("_mean") for column in frame.columns if column.endswith("_mean")]


def cells(frame: pd.DataFrame) -> tuple[list[str], list[list[Cell]]]:
    """The table for people: its header and its rows, from the frame of `results.comparison`.

    Published accuracies, regret and the seconds of sampled scores have a column where a proxy has one, strategies where
    there are several.
    """
    names = datasets(frame)
    known, tabular = _with_any(frame, "published"), _with_any(frame, "regret")
    several = "strategy" in frame
    header = ["Proxy", *["Strategy"] * several]
    for name in names:
        label = dataset_label(name)
        header += [f"{label} measured, %", *[f"{label} published, %"] * (name in known)]
        header += [f"{label} regret, pp"] * (name in tabular)
    sampled = bool(frame["score_seconds"].notna().any())
    header += ["Params", "MACs", "Evaluations", "Search s", *["s / network"] * sampled]
    header += [*(f"τ {dataset_label(name)}" for name in names), "Failures"]
    best = {name: frame[f"{name}_mean"].max() for name in names}
    rows = []
    for record in frame.to_dict("records"):
        row = [Cell(str(record["proxy"])), *([Cell(str(record["strategy"]))] if several else [])]
        for name in names:
            mean = record[f"{name}_mean"]
            row.append(Cell(interval(mean, record[f"{name}_half"]), best=mean == best[name]))
            row += [Cell(reported(record[f"{name}_published"]))] * (name in known)
            row += [Cell(interval(record[f"{name}_regret"], float("nan"), digits=2))] * (name in tabular)
        row += [Cell(amount(record["params"])), Cell(amount(record["macs"])), Cell(plain(record["evaluations"]))]
        row += [Cell(seconds(record["search_seconds"])), *[Cell(brief(record["score_seconds"]))] * sampled]
        for name in names:
            row.append(Cell(bounded(*(record[f"{part}_{name}"] for part in ("tau", "tau_low", "tau_high")))))
        row.append(Cell(plain(record["statuses"])))
        rows.append(row)
    return header, rows


def seconds(value: float) -> str:
    """Seconds, with one decimal below ten."""
    return f"{value:.1f}" if not missing(value) and value < 10 else plain(value)


def reported(accuracy: float) -> str:
    """A published accuracy with the decimals it was published with, one at least."""
    if missing(accuracy):
        return DASH
    return f"{accuracy:.1f}" if round(accuracy, 1) == accuracy else f"{accuracy:.2f}"


def legend(frame: pd.DataFrame) -> str:
    """The lines that belong under the table: what its numbers mean, and what the published ones are."""
    names = datasets(frame)
    winners, sampled = (
        _spread([frame[column] for column in columns])
        for columns in ([f"{name}_n" for name in names], [f"n_{name}" for name in names])
    )
    sentences = [
        "Measured: mean accuracy of the winners ± half of its 95 % Student t interval over "
        f"n = {winners} search seeds, with the standard deviation pooled over the {_row_names(frame)} (no interval for "
        "one seed); bold: the best measured."
    ] * bool(names)
    if _with_any(frame, "published"):
        sentences.append(
            "Published: Nguyen and Han 2024, obtained under another budget and recipe (1M params, 1440 epochs), so no "
            "target for a smaller study."
        )
    if _with_any(frame, "regret"):
        sentences.append("Regret: percent points below the best accuracy in the tabular benchmark.")
    sentences.append("Params, MACs (multiply-adds), evaluations and search seconds are means over search seeds")
    if frame["score_seconds"].notna().any():
        sentences[-1] += "; s / network is the median over the sample of what one score took, in seconds"
    sentences[-1] += "."
    if names:
        sentences.append(
            f"τ: Kendall's tau-b between score and accuracy over n = {sampled} sampled architectures, with its 95 % "
            "bootstrap interval."
        )
    return " ".join([*sentences, "Failures: scores that were not finite numbers, by status."])


def _row_names(frame: pd.DataFrame) -> str:
    return "proxies and strategies" if "strategy" in frame else "proxies"


def markdown(frame: pd.DataFrame) -> str:
    """The comparison as a Markdown table with its legend."""
    header, rows = cells(frame)
    return f"{markdown_table(header, rows)}\n{legend(frame)}\n"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[Cell]]) -> str:
    """A Markdown table, its first column to the left, the others to the right."""
    texts = [[f"**{cell.text}**" if cell.best else cell.text.replace("|", r"\|") for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]
    # Padded, so that the source reads as a table too: it is what a terminal shows.
    lines = [
        [f"{text:{'>' if place else '<'}{width}}" for place, (text, width) in enumerate(zip(row, widths, strict=True))]
        for row in [header, *texts]
    ]
    lines.insert(1, ["-" * (width - 1) + (":" if place else "-") for place, width in enumerate(widths)])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def csv(frame: pd.DataFrame) -> str:
    """A frame as CSV: raw column names, full precision, nothing where a value is missing."""
    return frame.to_csv(index=False, lineterminator="\n")


def latex(frame: pd.DataFrame) -> str:
    """The comparison as a LaTeX table environment with its legend as caption; needs the package booktabs."""
    header, rows = cells(frame)
    body = [[rf"\textbf{{{escape(cell.text)}}}" if cell.best else escape(cell.text) for cell in row] for row in rows]
    lines = [
        r"% Needs \usepackage{booktabs}.",
        r"\begin{table}",
        r"\centering\scriptsize\setlength{\tabcolsep}{3pt}",
        rf"\caption{{{escape(legend(frame)).replace('`', '')}}}",
        rf"\begin{{tabular}}{{l{'r' * (len(header) - 1)}}}",
        r"\toprule",
        " & ".join(_stacked(name) for name in header) + r" \\",
        r"\midrule",
        *(" & ".join(row) + r" \\" for row in body),
        r"\bottomrule",
        r"\end{tabular}",
        r"\end{table}",
    ]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """`text` with what LaTeX would take for a command written out."""
    return "".join(LATEX_ESCAPES.get(character, character) for character in text)


def _with_any(frame: pd.DataFrame, part: str) -> set[str]:
    """Data sets for which a proxy has a published accuracy, or a regret."""
    return {name for name in datasets(frame) if frame[f"{name}_{part}"].notna().any()}


def _stacked(title: str) -> str:
    """A column's title, its words after the first on a second line: the table is wide."""
    first, _, rest = escape(title).partition(" ")
    return rf"\shortstack[r]{{{first}\\{rest}}}" if rest else first


def _spread(columns: list[pd.Series]) -> str:
    """The numbers of values behind a table: "2", or "1 to 3" where they differ; rows without any do not count."""
    present = [int(n) for column in columns for n in column if n > 0]
    if not present:
        return "0"
    low, high = min(present), max(present)
    return str(low) if low == high else f"{low} to {high}"

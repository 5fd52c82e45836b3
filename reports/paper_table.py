"""`table_paper.tex`: method, accuracy measured and published, and τ, within one column of a paper of two.

Numbers are aligned by their decimal points: those before it stand in a cell of their own.
"""

from ..results import Comparison
from .escaping import latex as escape
from .escaping import shorten
from .table import reported, tied_with_best
from .text import DASH, amount, missing
from .typeset import NEEDS, TEXT, WORD, Column, Record, dashed, data_set, environment, named, number, rules

COLUMN = 240  # points: the narrowest column of a paper, about
# Points that the columns take in the size of footnotes, about; names may break, the others may not.
NAME, STRATEGY, MEAN, HALF, REPORTED, TAU = 66, 50, 20, 21, 22, 22
PUBLISHED = "nguyen2024incorporated"


def paper(comparison: Comparison) -> str:
    """The table for a paper: method, and for each data set accuracy measured and published, and τ.

    A `table` that fits one column of an article of two. With several data sets there is no room for the intervals of
    the accuracies: the notes say how wide they are. Where even that is too wide, a `table*`.
    """
    names, records = comparison.datasets, comparison.searches.to_dict("records")
    unfinished = [record["kind"] == "proxy" and record["score_percentile"] < 100 for record in records]
    titles = [named(record) + r"\tnote{$\dagger$}" * mark for record, mark in zip(records, unfinished, strict=True)]
    columns, groups = [Column(TEXT, "Method", titles)], [(1 + comparison.several, "")]
    if comparison.several:
        columns.append(Column("l", "Strategy", [escape(shorten(record["strategy"], WORD)) for record in records]))
    halves = _width(comparison, halves=True) <= COLUMN
    wide = not halves and _width(comparison, halves=False) > COLUMN
    for name in names:
        mine = _for_paper(comparison, name, halves or wide)
        groups.append((sum(column.format.count("@{}") + 1 for column in mine), data_set(name)))
        columns += mine
    if not names:
        for title in ("Params", "MACs"):
            columns.append(Column("r", title, [dashed(amount(one[title.lower()])) for one in records]))
    small = len(names) > 1
    lines = environment(
        "table*" if wide else "table", _caption(comparison), "tab:zsbench", columns, rules(comparison),
        _notes(comparison, halves or wide, any(unfinished)), groups=groups if names else (),
        size=r"\scriptsize" if small else r"\footnotesize", apart=2 if small else 3,
    )  # fmt: skip
    return "\n".join([NEEDS, r"% \cite needs refs.bib, which lies beside this file.", *lines]) + "\n"


def _width(comparison: Comparison, halves: bool) -> int:
    """About how wide the table is, in points, with half of each interval beside its mean or without."""
    reached, width = comparison.accuracies, NAME + STRATEGY * comparison.several
    for name in comparison.datasets:
        known = reached[reached["dataset"] == name][["published", "tau"]].notna().any()
        width += MEAN + HALF * halves + REPORTED * bool(known["published"]) + TAU * bool(known["tau"])
    return width


def _for_paper(comparison: Comparison, name: str, halves: bool) -> list[Column]:
    """The columns of one data set: measured, published and τ, those that have a number."""
    frame = comparison.on(name)
    tied = _marked(comparison, name)
    records = frame.to_dict("records")
    if halves:
        cells = [_deviating(one, place in tied) for place, one in enumerate(records)]
        columns = [Column("r@{}l", r"\multicolumn{2}{c}{meas.}", cells)]
    else:
        columns = [Column("r", "meas.", [_mean(one, place in tied) for place, one in enumerate(records)])]
    if frame["published"].notna().any():
        cells = [_split(reported(one["published"])) for one in records]
        columns.append(Column("r@{}l", r"\multicolumn{2}{c}{publ.}", cells))
    if frame["tau"].notna().any():
        cells = ["" if missing(one["tau"]) else number(_tau(one["tau"])) for one in records]
        columns.append(Column("r", r"$\tau$", cells))
    return columns


def _tau(value: float) -> str:
    return f"{value:.2f}".replace("-0.00", "0.00")


def _marked(comparison: Comparison, name: str) -> set[int]:
    """Places of the rows that are bold: the best and all that share a letter with it, unless that is every row."""
    frame = comparison.on(name)
    tied = tied_with_best(frame)
    return set() if len(tied) == int(frame["letters"].ne("").sum()) else tied


def _mean(record: Record, bold: bool) -> str:
    if missing(record["mean"]):
        return "--"
    mean = f"{record['mean']:.1f}"
    return rf"\textbf{{{mean}}}" if bold else mean if record["kind"] == "proxy" else rf"\emph{{{mean}}}"


def _deviating(record: Record, bold: bool) -> str:
    """A mean and half of its interval in two cells, so that the points stand below each other."""
    if missing(record["mean"]):
        return r"\multicolumn{2}{c}{--}"
    mean, half = _mean(record, bold), record["half"]
    return f"{mean} & " if missing(half) else rf"{mean} & $\,\pm\,${half:.1f}"


def _split(text: str) -> str:
    """A number in two cells, before its decimal point and from it on."""
    whole, point, rest = text.partition(".")
    return r"\multicolumn{2}{c}{--}" if text == DASH else f"{number(whole)} & {point}{rest}"


def _caption(comparison: Comparison) -> str:
    """The caption of the paper's table, of 40 words at most."""
    if not comparison.datasets:
        return "Networks that zero-shot proxies find under one search: their size, mean over search seeds."
    told = "Zero-shot proxies under one search and one training recipe: accuracy (\\%) of the networks that they find"
    if comparison.accuracies["published"].notna().any():
        told += ", measured here and as published"
    if comparison.accuracies["tau"].notna().any():
        told += r", and rank correlation $\tau$ of score and accuracy"
    return f"{told}."


def _notes(comparison: Comparison, halves: bool, unfinished: bool) -> list[str]:
    proxies, reached = comparison.of("proxy"), comparison.accuracies
    notes = []
    counts = sorted({int(count) for count in proxies.accuracies["n"] if count > 0})
    if counts:
        seeds = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
        half = r" $\pm$ half of its 95\,\% interval" if halves and reached["half"].notna().any() else ""
        notes.append(rf"\item meas.: mean{half} over $n={seeds}$ search seeds.")
        most = proxies.accuracies.dropna(subset=["half"]).groupby("dataset")["half"].max()
        if not halves and len(most):
            each = ", ".join(f"{value:.1f} on {data_set(str(name))}" for name, value in most.items())
            notes[-1] += rf" Half of its 95\,\% interval is at most {each}."
    lettered = [name for name in comparison.datasets if comparison.on(name)["letters"].ne("").any()]
    told = [name for name in lettered if _marked(comparison, name)]
    if told:
        notes[-1] += r" Bold: the best, and what cannot be told from it at 5\,\% over all pairs."
    for name in lettered:
        if name not in told:
            notes.append(rf"\item On {data_set(name)} no method can be told from the best (5\,\%).")
    if reached["published"].notna().any():
        notes.append(rf"\item publ.: \cite{{{PUBLISHED}}}, under another budget and recipe.")
    known = reached.dropna(subset=["tau"])
    if not known.empty:
        sampled = sorted({int(count) for count in known["sampled"]})
        counted = str(sampled[0]) if len(sampled) == 1 else f"{sampled[0]} to {sampled[-1]}"
        widest = ((known["tau_high"] - known["tau_low"]) / 2).max()
        within = "" if missing(widest) else rf"; half of a 95\,\% interval is {widest:.2f} at most"
        notes.append(rf"\item $\tau$: Kendall's $\tau_b$ over {counted} sampled networks{within}.")
    if not comparison.of("reference").searches.empty:
        notes.append(r"\item \emph{Italic}: networks that no proxy chose.")
    if unfinished:
        notes.append(r"\item[$\dagger$] A search of it has not converged.")
    return notes

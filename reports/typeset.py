"""How tables are set in LaTeX: columns of text that may break, so that no name runs off the page, and of numbers."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from ..results import Comparison
from .escaping import latex as escape
from .escaping import shorten
from .names import dataset_label, proxy_label
from .text import DASH

NEEDS = r"% Needs \usepackage{booktabs,tabularx,threeparttable}."
LONGEST, WORD = 40, 12  # characters of a name, and of what may not break
TEXT = r">{\raggedright\arraybackslash\hangindent=1em}X"  # the format of a column whose text may break

Record = Mapping[Any, Any]


class Column(NamedTuple):
    """A column: its LaTeX format, its title and its cells, all set already."""

    format: str
    title: str
    cells: list[str]


def named(record: Record) -> str:
    """The name of a row as people read it, set: that of the proxy or, where no proxy chose, of what did."""
    proxy = record["kind"] == "proxy"
    label = breakable(proxy_label(record["proxy"]) if proxy else record["proxy"])
    return label if proxy else rf"\emph{{{label}}}"


def breakable(text: str, longest: int = LONGEST) -> str:
    """A name, escaped, which may break where a reader expects it, or anywhere in a long word."""
    words = shorten(text, longest).split(" ")
    pieces = re.compile(rf"\(?[A-Za-zÀ-ž0-9]{{1,{WORD}}}[_./,)-]{{0,3}}|.")
    parts = ([word] if _short(word) else pieces.findall(word) for word in words)
    return " ".join(r"\allowbreak{}".join(map(escape, part)) for part in parts)


def _short(word: str) -> bool:
    """Whether a word may stay whole: of letters that are as wide as they look, and LaTeX itself breaks at hyphens."""
    return max(map(len, word.split("-"))) <= WORD and all(character <= "ž" for character in word)


def rows_named(comparison: Comparison) -> list[Column]:
    """The columns that name the rows: method and, where there are several, strategy."""
    records = comparison.searches.to_dict("records")
    columns = [Column(TEXT, "Method", [named(one) for one in records])]
    if comparison.several:
        columns.append(Column("l", "Strategy", [escape(shorten(one["strategy"] or DASH, WORD)) for one in records]))
    return columns


def number(text: str) -> str:
    """A number with a minus in place of a hyphen."""
    return text.replace("-", "$-$")


def dashed(text: str) -> str:
    """A number as the table for people has it, with a minus in place of a hyphen."""
    return number(text).replace("±", r"$\pm$").replace(DASH, "--")


def data_set(name: str) -> str:
    """The data set's usual spelling, escaped and short enough to stand above its columns."""
    return escape(shorten(dataset_label(name), 16))


def rules(comparison: Comparison) -> list[int]:
    """Places of the rows above which a line is drawn: the first that is no proxy's."""
    return [len(comparison.of("proxy").searches)] if len(comparison.of("reference").searches) else []


def environment(
    kind: str,
    caption: str,
    label: str,
    columns: Sequence[Column],
    rules: Sequence[int],
    notes: Sequence[str],
    groups: Sequence[tuple[int, str]] = (),
    size: str = r"\scriptsize",
    apart: int = 2,
) -> list[str]:
    """A floating table; `groups` are titles over so many columns of LaTeX each.

    `apart` is half of the space between two columns, in points.
    """
    width = r"\columnwidth" if kind == "table" else r"\textwidth"
    body = [" & ".join(cells) + r" \\" for cells in zip(*(column.cells for column in columns), strict=True)]
    for row in rules:
        if 0 < row < len(body):
            body[row] = rf"\midrule {body[row]}"
    above, start = [], 1
    if groups:
        above.append(" & ".join(rf"\multicolumn{{{count}}}{{c}}{{{title}}}" for count, title in groups) + r" \\")
        for count, title in groups:
            above += [rf"\cmidrule(lr){{{start}-{start + count - 1}}}"] * bool(title)
            start += count
    return [
        rf"\begin{{{kind}}}",
        rf"\centering{size}\setlength{{\tabcolsep}}{{{apart}pt}}",
        r"\begin{threeparttable}",
        rf"\caption{{{caption}}}\label{{{label}}}",
        rf"\begin{{tabularx}}{{{width}}}{{@{{}}{' '.join(column.format for column in columns)}@{{}}}}",
        r"\toprule",
        *above,
        " & ".join(column.title for column in columns) + r" \\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabularx}",
        r"\begin{tablenotes}[flushleft]\scriptsize",
        *notes,
        r"\end{tablenotes}",
        r"\end{threeparttable}",
        rf"\end{{{kind}}}",
    ]

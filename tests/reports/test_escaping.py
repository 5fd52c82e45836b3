import csv
import io
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure
from zsbench.reports import csv as as_csv
from zsbench.reports import escaping
from zsbench.reports.table import Cell, markdown_table
from zsbench.reports.text import figure_lines, file_stem
from zsbench.reports.typeset import breakable

HOSTILE = [
    "<script>alert(1)</script>",
    r"\input{/etc/passwd}",
    "a|b",
    "one\ntwo\r\nthree",
    "x" * 500,
    "\u202eright to left\u202c \u05e9\u05dc\u05d5\u05dd",
    r"$\frac{$",
    "=cmd|' /C calc'!A0",
    "\x00\x1b[31m\x7f",
    "[1cm] * `code` **bold** _em_ [link](http://a) ![image](b) &amp; ~~gone~~",
    "\ud800",
    "%--\\%",
    r"\$x\$ $a$ \\$",
    "-1+1",
    "@sum",
    "’é ñ ß ř τ-b 95 % ± ∞ 😀",
    "0\u16800\u00a01",  # spaces of other alphabets
]


def hostile(test):
    """A test of any text, those above always among them."""
    for text in HOSTILE:
        test = example(text)(test)
    return settings(deadline=None, max_examples=60)(given(st.text(max_size=60))(test))


@hostile
def test_clean_text_is_one_line_without_what_cannot_be_seen(text: str) -> None:
    shown = escaping.clean(text)
    assert shown.isprintable() or "\N{REPLACEMENT CHARACTER}" in shown or not shown
    assert "\n" not in shown
    assert not re.search(
        "[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]", shown
    )
    shown.encode()


COMMANDS = {command.strip("$") for command in escaping.GREEK.values()} | set(
    re.findall(r"\\(?:[A-Za-z]+|.)", r"\allowbreak" + "".join(escaping.LATEX.values()))
)


@hostile
def test_latex_has_none_but_our_own_commands(text: str) -> None:
    for told in (escaping.latex(text), breakable(text)):
        assert told.isascii()
        found = set(re.findall(r"\\(?:[A-Za-z]+|.)", told))
        accents = {f"\\{mark}" for mark in escaping.ACCENTS.values()}
        assert found <= COMMANDS | accents
        bare = re.sub(r"\\(?:[A-Za-z]+|.)", "", told)
        assert not set(bare) & set('%&#~^<>|"[]*`') - set("~^`[]*"), bare
        assert bare.count("{") == bare.count("}")
        assert told.replace(r"\$", "").count("$") % 2 == 0
        assert "--" not in escaping.latex("a--b")
        # After a line break, a bracket would be its length and a star its variant.
        assert all(told[opening.start() - 1] == "{" for opening in re.finditer(r"[\[*]", told))


@hostile
def test_a_name_in_a_table_is_short_and_breaks(text: str) -> None:
    assert len(escaping.shorten(text, 40)) <= 40
    pieces = re.split(r"\\allowbreak\{\}| ", breakable(text))
    assert max(map(len, pieces)) <= 15 * len(r"\textasciicircum{}")


@hostile
def test_markdown_shows_the_text_in_its_cell(text: str) -> None:
    table = markdown_table(["Proxy", "x"], [[Cell(text), Cell("1")]])
    lines = table.splitlines()
    assert len(lines) == 3
    assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", lines[2])) == 3
    assert "<" not in lines[2]
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*$]", lines[2])
    assert not re.search(r"(?<!\\)(?:\\\\)*\]\(", lines[2])


@hostile
def test_csv_computes_nothing_and_keeps_the_text(text: str) -> None:
    text = text.encode("utf-8", "replace").decode().replace("\r", " ").replace("\x00", "")
    rows = list(csv.reader(io.StringIO(as_csv(pd.DataFrame({"proxy": [text, "zen"], "τ": [0.5, -0.5]})))))
    [found] = rows[1][:1]
    assert not found.startswith(("=", "+", "-", "@", "\t"))
    assert found.removeprefix("'") == text.removeprefix("'")
    assert rows[2] == ["zen", "-0.5"], "numbers stay numbers"


def drawn(label: str) -> ET.Element:
    figure = Figure(figsize=(2, 1))
    ax = figure.add_subplot()
    ax.set_yticks([0.5], [label])
    ax.set_title(label)
    file = io.BytesIO()
    with mpl.rc_context({"svg.fonttype": "none"}):
        figure.savefig(file, format="svg")
    return ET.fromstring(file.getvalue())


@pytest.mark.filterwarnings("ignore:Glyph")
@pytest.mark.parametrize("text", HOSTILE)
def test_a_figure_shows_the_text_and_reads_no_formula(text: str) -> None:
    found = "".join("".join(node.itertext()) for node in drawn(figure_lines(text, 20)).findall(".//{*}text"))
    wanted = re.sub(r"\s", "", escaping.clean(text)[:200])
    assert re.sub(r"\s", "", found).count(wanted) == 2 or not wanted
    assert not [node for node in drawn(escaping.figure_text(text)).iter() if str(node.tag).endswith("script")]


def test_with_latex_as_matplotlibs_writer_a_name_is_no_command() -> None:
    with mpl.rc_context({"text.usetex": True}):
        assert escaping.figure_text(r"\input{a}") == r"\textbackslash{}input\{a\}"


@hostile
def test_a_file_may_be_called_so(text: str) -> None:
    stem = file_stem(text)
    assert len(stem.encode("utf-8", "surrogatepass")) <= 100
    assert not set(stem) & set("/\\\x00\n")


def test_usual_texts_stay_as_they_are() -> None:
    assert escaping.markdown("my_proxy 0.61 [0.42, 0.75] 97.0 ± 0.3 – error 300, nan 2") == (
        "my_proxy 0.61 [0.42, 0.75] 97.0 ± 0.3 – error 300, nan 2"
    )
    assert escaping.latex("Týbl, 95 % ± τ-b") == r"T\'{y}bl, 95 \% $\pm$ $\tau$-b"
    assert escaping.latex("שלום") == "{[}U+05E9{]}{[}U+05DC{]}{[}U+05D5{]}{[}U+05DD{]}"
    assert escaping.shorten("a" * 100, 10) == "aaaaaa…aaa"

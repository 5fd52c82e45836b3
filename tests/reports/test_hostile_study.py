"""A whole report of a study in which everything has a hostile name: no file obeys it."""

import csv
import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import pytest
import synthetic_study
from zsbench.reports import write_report
from zsbench.results import facts

MARK = "<script>alert(1)</script>"
NAMES = [
    f'"><img src=x onerror=alert(1)>{MARK}',
    r"\input{/etc/passwd} $\frac{$ | a",
    "=cmd|' /C calc'!A0",
    "two\nlines \u202eturned\u202c",
    "x" * 500,
]
DATASET = f"{MARK}$\\frac{{$|[a](javascript:alert(1))"


class Elements(HTMLParser):
    """What a page has: its elements, their attributes, and the text of its scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    with synthetic_study.build(folder / "results.sqlite", [*NAMES, "params"], [DATASET], samples=12) as store:
        facts.write(
            store,
            {
                facts.NAME: MARK, facts.DESCRIPTION: f"{NAMES[0]}{NAMES[1]}", facts.SPACE: NAMES[1],
                "environment.device": MARK, "environment.command": f"{MARK}\x1b[2J`{NAMES[2]}`",
            },
        )  # fmt: skip
        return write_report(store, folder / "report").parent


def test_the_page_has_no_element_of_theirs(report: Path) -> None:
    page = (report / "index.html").read_text()
    assert MARK not in page
    reader = Elements()
    reader.feed(page)
    assert not [tag for tag, attributes in reader.found if any(name.startswith("on") for name in attributes)]
    assert not [attributes for _, attributes in reader.found if "javascript:" in str(attributes.get("href", ""))]
    assert not [attributes for tag, attributes in reader.found if tag == "img" and attributes.get("src") == "x"]


def test_figures_are_whole_and_have_no_script(report: Path) -> None:
    files = sorted((report / "plots").glob("*.svg"))
    assert files
    for path in files:
        tags = {str(node.tag).rpartition("}")[2] for node in ET.parse(path).iter()}
        assert not tags & {"script", "img", "foreignObject"}, path.name


def test_tables_have_a_cell_for_each_column(report: Path) -> None:
    table = (report / "table.md").read_text()
    lines = [line for line in table.splitlines() if line.startswith("|")]
    counts = {len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) for line in lines}
    assert len(counts) == 1
    assert "<" not in "".join(lines)
    assert MARK not in (report / "statistics.md").read_text().split("\n- **")[0]
    assert MARK not in (report / "methods.md").read_text()


def test_no_cell_of_a_csv_is_a_formula(report: Path) -> None:
    files = sorted(report.glob("*.csv"))
    assert files
    for path in files:
        with path.open(newline="") as file:
            header, *rows = csv.reader(file)
        for row in [header, *rows]:
            assert len(row) == len(header), path.name
            formulas = [cell for cell in row if cell[:1] in "=+@\t" and cell]
            assert not formulas, path.name


def test_latex_has_no_command_of_theirs(report: Path) -> None:
    for path in (*report.glob("*.tex"), report / "refs.bib"):
        assert r"\input" not in path.read_text(), path.name
        assert r"\frac" not in path.read_text(), path.name
        assert path.read_text().isascii(), path.name

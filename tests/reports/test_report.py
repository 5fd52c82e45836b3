from html.parser import HTMLParser
from pathlib import Path

import pytest
import synthetic_study

from reports import draw_report, write_report
from reports.report import _draw
from results import Store

ODD = "<b>odd & 100%/name</b>"


class Links(HTMLParser):
    """Collects what a page refers to and whether its tags are balanced."""

    def __init__(self):
        super().__init__()
        self.targets, self.ids, self.open = [], set(), []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.targets += [values[name] for name in ("href", "src") if name in values]
        self.ids |= {values["id"]} if "id" in values else set()
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    store = synthetic_study.build(
        folder / "results.sqlite",
        ["zen", "params"],
        ["cifar10"],
        samples=6,
        broken=True,
        relative=True,
        again=(1,),
        best=True,
    )
    store.add_proxies([{"proxy": ODD, "higher_is_better": False, "deterministic": True, "summary": "<script>"}])
    yield store, write_report(store, folder / "report")
    store.close()


def test_a_report_has_all_its_files(study):
    names = set(files(study[1].parent))
    assert {"index.html", "table.md", "table.csv", "table.tex", "correlation.csv"} <= names
    assert {"statistics.md", "statistics.csv"} <= names
    for plot in ("scatter_cifar10", "scatter_cifar10_zen", "correlation", "accuracy", "search", "winners_0"):
        assert {f"plots/{plot}.png", f"plots/{plot}.svg"} <= names
    assert not [name for name in names if "tmp" in name]


def test_writing_again_gives_the_same_files(study, tmp_path):
    store, index = study
    write_report(store, tmp_path)
    assert files(tmp_path) == files(index.parent)


def test_rows_give_the_report_of_the_database(study, tmp_path):
    store, index = study
    (tmp_path / "direct").mkdir()
    _draw(store, tmp_path / "direct")
    draw_report(index.parent / "rows", tmp_path / "kept")
    wanted = {name: content for name, content in files(index.parent).items() if not name.startswith("rows/")}
    assert files(tmp_path / "direct") == files(tmp_path / "kept") == wanted


def test_every_link_of_the_page_leads_somewhere(study):
    index = study[1]
    page = Links()
    page.feed(index.read_text(encoding="utf-8"))
    assert page.open == []
    assert len(page.targets) > 15
    for target in page.targets:
        found = target[1:] in page.ids if target.startswith("#") else (index.parent / target).exists()
        assert found, target


def test_the_page_tells_what_was_measured(study):
    text = study[1].read_text(encoding="utf-8")
    assert "<title>synthetic" in text
    for words in (
        "1M params, 1000 evaluations",
        "2.9.1",
        synthetic_study.structure(1011),
        "mat1 and mat2 shapes",
        "no candidate got a score",
        "error 300",
        "Student t interval",
        "regret, pp",
        "partial ρ",
        "τ − params",
        "Noise of the scores",
        "A relative proxy has several components",
        'src="plots/winners_1.png"',
    ):
        assert words in text
    assert "published, %" not in text  # beside a tabular benchmark's accuracies
    assert "<script>" not in text
    assert ODD not in text


def test_a_study_without_rows_has_a_report_too(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        text = write_report(store, tmp_path / "report").read_text(encoding="utf-8")
    assert "Nothing has been trained yet" in text
    assert "No search has finished yet" in text

from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
import synthetic_study
from zsbench.reports import draw_report, write_report
from zsbench.reports.report import _draw
from zsbench.results import Store, facts

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
        if tag not in ("meta", "img", "br", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if self.open[-1:] == [tag]:
            self.open.pop()

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
    for plot in ("scatter_cifar10", "correlation", "accuracy", "search", "winners_0"):
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
    assert len(page.targets) > 8
    for target in page.targets:  # within the page alone: it may be moved or mailed
        assert target.startswith("#"), target
        assert target[1:] in page.ids, target


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
        "CIFAR-10 regret",
        "partial ρ",
        "τ − params",
        "Noise of the scores",
        "A relative proxy has several components",
    ):
        assert words in text
    assert "CIFAR-10 published, %" not in text  # beside a tabular benchmark's accuracies
    assert text.count("<script>") == 1, "the page's own"
    assert "&lt;script&gt;" in text
    assert ODD not in text


def test_a_study_without_rows_has_a_report_too(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        text = write_report(store, tmp_path / "report").read_text(encoding="utf-8")
    assert "Nothing has been trained yet" in text
    assert "No search has finished yet" in text


def test_the_page_warns_of_searches_that_have_not_converged(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen", "params"], ["cifar10"], samples=6) as store:
        for row in store.sample_scores().query("proxy == 'zen'").head(1).to_dict("records"):
            better = {**row, "architecture": "better", "value": 1e6, "components": None}
            store.add_score(better)
            store.add_samples([{"architecture": "better", "stratum": "random", "seed": 0}])
        text = write_report(store, tmp_path / "report").read_text(encoding="utf-8")
    assert '<p class="warning">The search of zen (85 %) has not converged' in text
    assert ">85 %</td>" in text


def test_the_page_says_where_accuracies_come_from(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], 12, best=True, leaders=True) as store:
        facts.write(store, {facts.TRAINING: {"source": facts.LOOKED_UP, "datasets": ["cifar10"]}})
        text = write_report(store, tmp_path / "report").read_text(encoding="utf-8")
    assert "looked up in a tabular benchmark" in text
    assert "trained with the same recipe" not in text
    assert "<b>CIFAR-10 over seconds.</b>" in text
    assert '<tr class="aside">' in text
    assert "<sup>a</sup>" not in text, "one row has nothing to be told from"
    assert "the sample cannot tell" in text


def test_after_a_search_alone_nothing_is_said_of_trainings(tmp_path):
    row = {**synthetic_study.CONTEXT, "proxy": "up", "strategy": "evolution", "seed": 0, "status": "done"}
    with Store(tmp_path / "results.sqlite") as store:
        store.add_proxies([{"proxy": "up", "higher_is_better": True, "deterministic": True}])
        store.add_search({**row, "winner": "W", "value": 1.0})
        facts.write(store, {facts.TRAINING: None})
        text = write_report(store, tmp_path / "report").read_text(encoding="utf-8")
    assert "trained with the same recipe" not in text
    assert "Score and accuracy" not in text


def test_noise_and_budgets_are_written(tmp_path):
    with synthetic_study.build(
        tmp_path / "results.sqlite", ["zen", "params"], ["cifar10"], 20, replicates=8, leaders=True
    ) as store:
        text = write_report(store, tmp_path / "report").read_text(encoding="utf-8")
    noise = pd.read_csv(tmp_path / "report" / "noise.csv")
    assert noise.loc[0, ["architectures", "seeds"]].tolist() == [8, 3]
    assert {"accuracy_icc", "noise_ceiling_tau"} <= set(noise)
    spent = pd.read_csv(tmp_path / "report" / "budgets.csv")
    assert set(spent["axis"]) == {"evaluations", "seconds"}
    table = pd.read_csv(tmp_path / "report" / "table.csv")
    assert table["kind"].tolist() == ["proxy", "proxy", "reference", "reference"]
    assert "score_percentile" in table
    for words in ("Noise of the accuracies", "τ corrected", "<sup>a</sup>", "two trainings agree at"):
        assert words in text

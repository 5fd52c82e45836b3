"""A study of several strategies: every part of the report tells them apart."""

import io
import re
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest
import synthetic_study
from zsbench.reports import csv, latex, legend, markdown, wide, write_report
from zsbench.reports.plots import figures
from zsbench.reports.style import render
from zsbench.reports.table import cells
from zsbench.results import comparison, correlations

STRATEGIES = ("regularized", "random", "evolution")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    path = tmp_path_factory.mktemp("strategies") / "results.sqlite"
    with synthetic_study.build(path, ["zen", "te_nas_zen"], ["cifar10"], 8, strategies=STRATEGIES) as store:
        yield store


def texts(figure) -> list[str]:
    elements = ElementTree.fromstring(render(figure)["svg"]).iter("{http://www.w3.org/2000/svg}text")
    return [element.text or "" for element in elements]


def test_tables_have_a_row_for_each(store):
    frame = comparison(store)
    header, rows = cells(frame)
    assert header[:2] == ["Proxy", "Strategy"]
    assert [[cell.text for cell in row[:2]] for row in rows] == [
        [proxy, strategy] for proxy in ("zen", "te_nas_zen") for strategy in sorted(STRATEGIES)
    ]
    assert {len(row) for row in rows} == {len(header)}
    assert "| regularized |" in markdown(frame)
    assert "TE-NAS (NTK) & regularized" in latex(frame)
    assert pd.read_csv(io.StringIO(csv(wide(frame))))["strategy"].tolist() == frame.searches["strategy"].tolist()
    assert "pooled over the proxies and strategies" in legend(frame)
    # What was published is of the published search.
    assert frame.accuracies["published"].notna().tolist() == [True, False, False] * 2


def test_figures_name_them_and_have_one_panel_a_proxy(store):
    found = dict(figures(store, comparison(store), correlations(store)))
    assert set(found) == {
        "scatter_cifar10", "correlation", "accuracy", "search",
        "winners_0", "winners_1",
    }  # fmt: skip
    titles = ("zen, evolution", "zen, random", "zen, regularized")
    assert [word for word in texts(found["winners_1"]) if word.startswith("zen")] == list(titles)
    words = texts(found["search"])
    assert [word for word in words if word in STRATEGIES] == sorted(STRATEGIES)
    assert not [word for word in words if word.startswith("seed")]
    colours = [{line.get_color() for line in ax.lines} for ax in found["search"].axes]
    assert [len(of) for of in colours] == [3, 3, *[0] * (len(colours) - 2)]
    # Two seeds each, and a line and its end for each.
    assert len(found["search"].axes[0].lines) == 2 * 2 * 3
    labels = [label.get_text() for label in found["accuracy"].axes[0].get_yticklabels()]
    assert labels[:3] == ["zen\nevolution", "zen\nrandom", "zen\nregularized"]
    assert sum(word.startswith("zen") for word in texts(found["scatter_cifar10"])) == 1


def test_the_page_has_a_column_for_them_and_lists_every_winner(store, tmp_path):
    page = write_report(store, tmp_path).read_text()
    assert page.count(">Strategy</button>") == 2
    assert len(re.findall(r">Zen-NAS</th><td data-v=.random.>random</td><td data-v=.[01].>[01]</td>", page)) == 2
    assert page.count("<canvas") == 2, "one for each proxy"
    assert "the same searches" in " ".join(page.split())


def test_with_one_strategy_nothing_speaks_of_it(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], 8, strategies=["random"]) as store:
        frame = comparison(store)
        assert "strategy" not in wide(frame)
        found = dict(figures(store, frame, correlations(store)))
        page = write_report(store, tmp_path / "report").read_text()
    assert "Strategy" not in page
    assert "seed 0" in texts(found["search"])
    assert "Strategy" not in markdown(frame) + latex(frame)
    assert legend(frame).count("strategies") == 0

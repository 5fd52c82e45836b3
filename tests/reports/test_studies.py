from pathlib import Path

import pytest
import synthetic_study
from zsbench.reports import studies_page
from zsbench.reports.page.studies import settings_of
from zsbench.results import facts


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("studies")
    with (
        synthetic_study.build(folder / "a.sqlite", ["zen", "params"], ["cifar10"], samples=12) as first,
        synthetic_study.build(folder / "b.sqlite", ["zen", "entropy"], ["cifar10"], samples=8) as second,
    ):
        facts.write(second, {facts.BUDGET: {"params": 60_000}})
        return studies_page({"first": first, "<second>": second})


def test_settings_are_told_apart_and_names_do_not_count():
    differing, shared = settings_of(
        {"a": {"name": "a", "space": "x", "budget": "1"}, "b": {"name": "b", "budget": "1"}}
    )
    assert differing == {"space": ["x", "not stored"]}
    assert shared == {"budget": "1"}


def test_numbers_stay_in_the_columns_of_their_study(page: str) -> None:
    table = page[page.index('id="table-comparison"') : page.index("</table>", page.index('id="table-comparison"'))]
    rows = [row for row in table.split("<tr")[2:] if "Zen-NAS" in row or "Params" in row or "Entropy" in row]
    assert len(rows) == 3, "a row for each proxy of either"
    zen, params, entropy = (row.split("<td")[1:] for row in rows)
    assert all("data-v" in cell for cell in zen)
    assert ["data-v" in cell for cell in params] == [True] * 3 + [False] * 3
    assert ["data-v" in cell for cell in entropy] == [False] * 3 + [True] * 3
    assert zen[0] != zen[3]


def test_the_page_says_what_differs_and_what_that_means(page: str) -> None:
    text = " ".join(page.split())
    assert "Nothing is pooled here" in text
    assert "do not compare across studies: they differ in networks of another size" in text
    assert "params ≤ 60,000" in text
    assert "<second>" not in text
    assert "&lt;second&gt;" in text


def test_the_page_is_one_file(page: str, tmp_path: Path) -> None:
    assert "src=" not in page
    assert 'href="http' not in page
    assert "default-src &#39;none&#39;" in page

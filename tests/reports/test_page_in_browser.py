"""The page in a browser, where this machine has one."""

from pathlib import Path

import browser
import pytest
import synthetic_study
from zsbench.reports import page_of
from zsbench.results import open_rows, write_rows

pytestmark = pytest.mark.skipif(browser.find() is None, reason="no Chromium here")

LABELS = (
    "[...document.querySelectorAll('#table-comparison tbody tr')].map(row => row.cells[0].innerText.split('\\n')[0])"
)
FIRST = "document.querySelectorAll('#table-comparison thead button')"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    names = ["zen", "params", "te_nas_zen", "<script>alert(1)</script>"]
    with synthetic_study.build(folder / "s.sqlite", names, samples=14, leaders=True, broken=True, again=(1,)) as store:
        write_rows(store, folder / "rows")
    with open_rows(folder / "rows") as store:
        (folder / "index.html").write_text(page_of(store), encoding="utf-8")
    return folder / "index.html"


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory):
    with browser.Browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.mark.parametrize("width", [390, 1280])
def test_it_asks_for_nothing_says_no_error_and_overflows_nowhere(window, page: Path, width: int) -> None:
    window.open(page, width)
    assert window.run("document.documentElement.scrollWidth <= innerWidth")
    window.run("dispatchEvent(new Event('beforeprint'))")
    window.run("for (const one of document.querySelectorAll('details')) one.open = true")
    assert window.run("document.documentElement.scrollWidth <= innerWidth"), "with everything open"
    asked = [one["params"]["request"]["url"] for one in window.events if one["method"].startswith("Network")]
    assert set(asked) <= {page.resolve().as_uri()}
    assert [one for one in window.events if not one["method"].startswith("Network")] == []


def test_a_table_is_sorted_by_mouse_and_by_keyboard(window, page: Path) -> None:
    window.open(page, 1280)
    given = window.run(LABELS)
    assert given[:2] == ["Zen-NAS", "Params"]
    values = (
        "[...document.querySelectorAll('#table-comparison tbody tr:not(.aside)')].map(row => row.cells[1].dataset.v)"
    )
    window.run(f"{FIRST}[1].click()")
    found = [float(value) for value in window.run(values) if value is not None]
    assert found == sorted(found, reverse=True)
    assert window.run("document.querySelectorAll('#table-comparison thead th')[1].ariaSort") == "descending"
    assert set(window.run(LABELS)[-2:]) == set(given[-2:]), "the rows that are no proxies stay last"
    window.run(f"{FIRST}[1].focus()")
    window.press("Enter")
    found = [float(value) for value in window.run(values) if value is not None]
    assert found == sorted(found)
    assert "ascending" in window.run("document.getElementById('spoken').textContent")
    window.press("Enter")
    assert window.run(LABELS) == given


def test_folded_columns_are_shown_on_demand(window, page: Path) -> None:
    window.open(page, 1280)
    shown = "[...document.querySelectorAll('#table-comparison thead th')].filter(one => one.offsetWidth).length"
    few = window.run(shown)
    window.run("document.querySelector('[aria-controls=table-comparison]').click()")
    assert window.run(shown) > few
    assert window.run("document.querySelector('[aria-controls=table-comparison]').ariaExpanded") == "true"


def test_a_point_tells_what_it_is_by_keyboard_and_pointer(window, page: Path) -> None:
    window.open(page, 1280)
    window.run("document.querySelector('canvas').scrollIntoView({behavior: 'instant'})")
    window.run("dispatchEvent(new Event('beforeprint'))")
    window.run("document.querySelector('canvas').focus({preventScroll: true})")
    window.press("Home")
    told = window.run("document.getElementById('tip').innerText")
    assert "Zen-NAS" in told
    assert "params" in told
    assert "SuperConvK3BNRELU" in told
    assert window.run("document.getElementById('tip').querySelector('svg') !== null"), "its stages"
    assert window.run("document.getElementById('spoken').textContent").startswith("1 of ")
    box = window.run(
        "(() => { const panel = drawn[0], at = panel.canvas.getBoundingClientRect(), one = panel.points[0];"
        " return [at.left + one.px, at.top + one.py, one.score, innerHeight]; })()"
    )
    window.point(box[0], box[1])
    assert f"score {box[2]:.3g}"[:8] in window.run("document.getElementById('tip').innerText")
    rings = window.run("[...document.querySelectorAll('.ring')].filter(one => !one.hidden).length")
    assert rings > 1, "the same architecture in the other panels"
    window.run("document.querySelector('input[value=ranks]').click()")
    assert window.run("Math.max(...drawn[0].points.map(one => one.x))") <= 15


def test_axe_finds_nothing_serious(window, page: Path) -> None:
    axe = pytest.importorskip("axe_core_python", reason="no axe-core here")
    script = next(Path(axe.__file__).parent.rglob("axe.min.js")).read_text("utf-8")
    window.open(page, 1280)
    window.run("dispatchEvent(new Event('beforeprint'))")
    window.run("for (const one of document.querySelectorAll('details')) one.open = true")
    window.run(script)
    found = window.run("axe.run().then(told => told.violations.map(one => [one.impact, one.id, one.nodes[0].html]))")
    assert [one for one in found if one[0] in ("serious", "critical")] == []

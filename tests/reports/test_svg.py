import math
import xml.etree.ElementTree as ElementTree

import pandas as pd
import pytest
from zsbench.reports.page.forest import Guide, Mark, Row, forest
from zsbench.reports.page.lines import Curve, panels
from zsbench.reports.page.matrix import matrix
from zsbench.reports.page.pareto import pareto
from zsbench.reports.page.ranks import rank_diagram
from zsbench.reports.page.svg import Scale, element, fitted, fitted_log, path, shorten
from zsbench.results import Placing

HOSTILE = '<script>"&'


def parsed(drawing: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawing)


def tips(drawing: str) -> list[str]:
    return [node.attrib["data-tip"] for node in parsed(drawing).iter() if "data-tip" in node.attrib]


def test_values_map_onto_the_drawing():
    scale = Scale(0, 10, 100, 200)
    assert (scale(0), scale(5), scale(10)) == (100, 150, 200)
    assert scale.inside(99) == 200
    assert Scale(1, 100, 0, 2, "log")(10) == pytest.approx(1)
    assert Scale(3, 3, 0, 2)(3) == 1


@pytest.mark.parametrize(
    ("low", "high", "kind", "ticks"),
    [
        (0, 1, "linear", [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
        (-24, 11, "linear", [-20, -10, 0, 10]),
        (0.3, 0.9, "linear", [0.4, 0.6, 0.8]),
        (0.02, 300, "log", [0.1, 1, 10, 100]),
    ],
)
def test_ticks_are_few_round_and_inside(low, high, kind, ticks):
    assert Scale(low, high, 0, 1, kind).ticks() == pytest.approx(ticks)


def test_scales_fit_what_they_show():
    scale = fitted([1.0, math.nan, 3.0], 0, 1, air=0)
    assert (scale.low, scale.high) == (0.5, 3.5)
    assert fitted([], 0, 1).ticks()
    log = fitted_log([5.0, 5.0, 0.0], 0, 1)
    assert log.high / log.low >= 10
    assert log.ticks()


def test_texts_and_attributes_are_escaped():
    drawn = element("g", element("text", data_tip=HOSTILE), class_=HOSTILE)
    assert parsed(drawn).attrib["class"] == HOSTILE
    assert parsed(drawn)[0].attrib["data-tip"] == HOSTILE
    assert shorten("a" * 100, 70).endswith("…")


def test_a_path_goes_through_its_points():
    assert path([(0, 1), (2, 3.456)], "x") == '<path d="M0 1L2 3.46" class="x"/>'
    assert path([(0, 1), (2, 3)], "x", steps=True) == '<path d="M0 1H2V3" class="x"/>'


def test_a_forest_has_a_mark_for_each_value_and_says_where_there_is_none():
    rows = [
        Row(HOSTILE, (Mark(1.0, 0.5, 1.5, "measured", "one"), Mark(2.0, math.nan, math.nan, "published", "two"))),
        Row("none", (Mark(math.nan, math.nan, math.nan, "measured", "no"),)),
    ]
    drawn = forest(rows, "x", "label", guides=[Guide(1.8, "ceiling", "noise", beyond=True)])
    assert tips(drawn) == ["one", "two"]
    words = [node.text for node in parsed(drawn).iter() if node.text]
    assert HOSTILE in words
    assert "no value" in words
    assert "ceiling" in words
    assert len([node for node in parsed(drawn).iter() if node.attrib.get("class") == "interval"]) == 1


def test_only_the_front_is_blue_and_every_point_tells_itself():
    frame = pd.DataFrame(
        {"proxy": ["a", "b"], "seconds": [0.01, 1.0], "tau": [0.5, 0.2], "tau_low": [0.4, math.nan],
         "tau_high": [0.6, math.nan], "front": [True, False]}
    )  # fmt: skip
    drawn = pareto(frame, {"a": HOSTILE, "b": "B"}, "label")
    assert tips(drawn) == [f"{HOSTILE}: τ 0.50 [0.40, 0.60], 0.01 s for one score", "B: τ 0.20, 1 s for one score"]
    assert [node.attrib["class"] for node in parsed(drawn).iter() if "data-tip" in node.attrib] == [
        "mark best", "mark other",
    ]  # fmt: skip


def test_a_matrix_has_a_square_for_each_pair_in_the_given_order():
    rows = [(x, y, 9, 1.0 if x == y else -0.5) for x in "ab" for y in "ab"]
    frame = pd.DataFrame(rows, columns=["first", "second", "n", "tau"])
    drawn = matrix(frame, ["b", "a"], {"a": "A", "b": "B"}, "label")
    assert tips(drawn) == ["B and B: τ 1.00", "B and A: τ −0.50", "A and B: τ −0.50", "A and A: τ 1.00"]


def test_bars_lie_over_those_that_cannot_be_told_apart():
    rows = pd.DataFrame({"proxy": list("abc"), "strategy": "", "mean_rank": [1.0, 1.5, 3.0]})
    drawn = rank_diagram(Placing(rows, 1.0, [(0, 1)], 5), ["A", "B", "C"], "label")
    assert tips(drawn)[0] == "A: mean rank 1.00 over 5 search seeds"
    bars = [node for node in parsed(drawn).iter() if node.attrib.get("class") == "bar"]
    assert len(bars) == 2, "the critical difference, and one tie"
    left, right = (float(bars[1].attrib[end]) for end in ("x1", "x2"))
    assert right - left == pytest.approx((1.5 - 1) / 2 * 230 + 6)


def test_panels_share_the_lines_behind_them():
    curves = {
        name: [Curve([(1, height), (10, height + 1)], [(height, height)] * 2)] for height, name in enumerate("abc")
    }
    first, *others = panels(curves, "evaluations", "accuracy", log=True, together=True, name="behind")
    assert first.count('class="behind"') == 3
    assert all('href="#behind"' in drawing and 'class="behind"' not in drawing for drawing in others)
    alone = panels({"a": [Curve([(1, 2.0), (9, 3.0)])]}, "evaluations", "score", log=False, together=False, name="")
    assert "at the end 3" in parsed(alone[0]).attrib["aria-label"]

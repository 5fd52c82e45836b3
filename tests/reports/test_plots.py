import warnings
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import numpy as np
import pytest
import synthetic_study
from matplotlib.figure import Figure
from zsbench.reports.plots import figures
from zsbench.reports.study import load
from zsbench.reports.style import fit_scale, render
from zsbench.results import Store, comparison, correlations

WINNERS = {"winners_0", "winners_1"}
LONG = "a_proxy_name_of_thirty_letters"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(autouse=True)
def strict():
    """A figure with odd data must draw quietly; deprecations inside libraries are not its business."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", ".*deprecated")
        yield


def draw(store):
    return dict(figures(store, comparison(store), correlations(store)))


def texts(svg):
    return [element.text or "" for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    path = tmp_path_factory.mktemp("plots") / "results.sqlite"
    proxies = ["zen", "synflow_zen", "te_nas_zen"]
    with synthetic_study.build(path, proxies, samples=12, broken=True) as store:
        return draw(store)


def test_every_figure_is_there(drawn):
    assert set(drawn) == {
        "scatter_cifar10",
        "scatter_cifar100",
        "correlation",
        "accuracy",
        "search",
        *WINNERS,
    }


def test_files_are_reproducible_and_their_text_is_text(tmp_path):
    files = []
    for name in ("a", "b"):
        with synthetic_study.build(
            tmp_path / name, ["zen", "te_nas_zen"], ["cifar10"], samples=8, broken=True
        ) as store:
            files.append(render(draw(store)["scatter_cifar10"]))
    assert files[0] == files[1]
    assert files[0]["png"].startswith(PNG_SIGNATURE)
    words = texts(files[0]["svg"])
    for expected in ("accuracy (%)", "te_nas_zen ↓", "error 300", "parameters"):
        assert any(expected in word for word in words)
    assert any(word.startswith("τ") and "n 8" in word for word in words)
    assert b"<dc:date>" not in files[0]["svg"]


def test_tick_labels_do_not_collide(drawn):
    for name in ("scatter_cifar10", "search", "accuracy", "correlation"):
        figure = drawn[name]
        figure.draw_without_rendering()
        for axes in figure.axes:
            for axis, ends in ((axes.xaxis, ("x0", "x1")), (axes.yaxis, ("y0", "y1"))):
                boxes = [label.get_window_extent() for label in axis.get_ticklabels() if label.get_text()]
                spans = sorted((getattr(box, ends[0]), getattr(box, ends[1])) for box in boxes)
                assert all(left[1] <= right[0] for left, right in pairwise(spans)), name


@pytest.mark.parametrize(
    ("values", "scale"),
    [
        ([1, 2, 3], "linear"),
        ([-3, 0.001, 5], "linear"),
        ([7, 7, 7], "linear"),
        ([], "linear"),
        ([340.12, 340.13], "linear"),
        ([1e3, 1e6, 1e9], "log"),
        ([-1e9, -1e6, -1e3], "symlog"),
        ([-1e9, -10, 0, 10, 20, 1e6], "symlog"),
    ],
)
def test_scales_suit_the_values(values, scale):
    axes = Figure(figsize=(2, 2)).add_subplot()
    axes.plot(values, range(len(values)), "o")
    fit_scale(axes, "x", values)
    assert axes.get_xscale() == scale
    axes.figure.draw_without_rendering()
    low, high = axes.get_xlim()
    shown = [tick for tick in axes.get_xticks() if low <= tick <= high]
    assert 2 <= len(shown) <= 6
    assert np.isfinite(axes.get_xlim()).all()


def test_one_point_constant_scores_and_no_winners(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        proxies = ("constant", "one_point", "nothing")
        store.add_proxies({"proxy": name, "higher_is_better": True, "deterministic": True} for name in proxies)
        for number in range(4):
            name, cost = synthetic_study.structure(number), {"params": 100, "macs": 10}
            store.add_samples([{"architecture": name, "stratum": "random", "seed": 0, **cost}])
            synthetic_study.train(store, name, number, np.random.default_rng(number), ["digits"], cost, seeds=1)
            store.add_score(synthetic_study.score_row("constant", name, 3.0, 100))
        store.add_score(synthetic_study.score_row("one_point", name, 3.0, 100))
        found = draw(store)
        assert set(found) == {"scatter_digits"}
        with load(tmp_path) as study:
            found |= {name: study.plot_scatter(name) for name in proxies}
        for figure in found.values():
            render(figure)


def test_a_relative_proxy_is_drawn_where_it_has_a_score(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], ["cifar10"], samples=8, relative=True) as store:
        found = draw(store)
    assert any(word.startswith(synthetic_study.RELATIVE) for word in texts(render(found["scatter_cifar10"])["svg"]))
    words = texts(render(found["search"])["svg"])
    assert {"no score of its own:", "ranked among", "all candidates"} <= {word.strip(" ,") for word in words}


def test_winners_of_a_seed_are_drawn_in_the_order_of_the_proxies(drawn):
    words = texts(render(drawn["winners_1"])["svg"])
    titles = [word for word in words if word in ("zen", "synflow_zen", "te_nas_zen", synthetic_study.BROKEN)]
    assert titles == ["zen", "synflow_zen", "te_nas_zen"]  # the broken one has no winner
    assert any("18 layers" in word for word in words)


@pytest.mark.parametrize("count", [1, 13])
def test_any_number_of_proxies_with_long_names(tmp_path, count):
    names = [f"{LONG[:27]}_{number:02d}" for number in range(count)]
    with synthetic_study.build(tmp_path / "results.sqlite", names, ["digits"], samples=4, seeds=1) as store:
        found = draw(store)
    for name in ("scatter_digits", "correlation", "accuracy", "search"):
        words = "".join(texts(render(found[name])["svg"])).replace(" ", "")  # a name may take two lines
        assert all(proxy in words for proxy in names), name


def test_nothing_measured_gives_no_figure(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        assert draw(store) == {}

import re
from pathlib import Path

import matplotlib as mpl
import pandas as pd
import pytest
import synthetic_study
from matplotlib.axes import Axes
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from zsbench import reports
from zsbench.reports.style import BLUE, COLUMN
from zsbench.results import accuracy_noise, comparison, correlations, points, search_curves, with_references


@pytest.fixture(scope="module")
def frames(tmp_path_factory) -> dict[str, pd.DataFrame]:
    path = tmp_path_factory.mktemp("figures") / "results.sqlite"
    names = ["zen", "te_nas_zen", "flops"]
    with synthetic_study.build(path, names, samples=30, replicates=6) as store:
        correlated = correlations(store)
        return {
            "points": points(store),
            "correlations": correlated,
            "noise": accuracy_noise(store),
            "accuracies": with_references(store, comparison(store, correlated)).accuracies,
            "curves": search_curves(store),
        }


def all_of(frames: dict[str, pd.DataFrame], ax: Axes | None = None) -> dict[str, Axes]:
    correlated = frames["correlations"]
    return {
        "scatter": reports.plot_scatter(
            frames["points"], ax, proxy="zen", dataset="cifar10", correlations=correlated
        ),
        "correlations": reports.plot_correlations(correlated, ax, noise=frames["noise"]),
        "accuracies": reports.plot_accuracies(frames["accuracies"], ax, dataset="cifar100", published=True),
        "ladder": reports.plot_ladder(correlated, ax, dataset="cifar10"),
        "search": reports.plot_search(frames["curves"], ax, proxy="te_nas_zen"),
    }  # fmt: skip


def test_without_axes_a_figure_is_as_wide_as_a_column(frames) -> None:
    for ax in all_of(frames).values():
        assert ax.figure.get_size_inches()[0] == COLUMN
    assert mpl.rcParams["font.size"] == mpl.rcParamsDefault["font.size"], "the user's settings are as they were"


def test_files_have_their_fonts_and_are_equal_for_equal_figures(frames, tmp_path: Path) -> None:
    for name, ax in all_of(frames).items():
        for kind in ("pdf", "svg", "png"):
            reports.save_figure(ax, tmp_path / f"{name}.{kind}")
        pdf = (tmp_path / f"{name}.pdf").read_bytes()
        assert b"/FontFile2" in pdf
        assert b"/Type3" not in pdf.replace(b" ", b"")
        assert b"CreationDate" not in pdf
        assert "<text" not in (tmp_path / f"{name}.svg").read_text(), "letters are drawn, so no font is needed"
    again = all_of(frames)["ladder"]
    for kind in ("pdf", "svg"):
        reports.save_figure(again, tmp_path / f"again.{kind}")
        assert (tmp_path / f"again.{kind}").read_bytes() == (tmp_path / f"ladder.{kind}").read_bytes()


def test_given_axes_keep_the_users_style(frames) -> None:
    for name in all_of(frames):
        with mpl.rc_context({"font.size": 17, "axes.prop_cycle": mpl.cycler(color=["#123456", "#654321"])}):
            figure = Figure(figsize=(5, 5))
            ax = figure.add_subplot()
            drawn = all_of(frames, ax)[name]
        assert drawn is ax
        assert tuple(figure.get_size_inches()) == (5, 5)
        assert ax.xaxis.label.get_size() == 17
        colours = {to_hex(line.get_color()) for line in ax.lines}
        assert colours & {"#123456", "#654321"}
        assert BLUE.lower() not in colours


def test_each_shows_the_numbers_of_its_frame(frames) -> None:
    found = all_of(frames)
    table = frames["correlations"].query("dataset == 'cifar10'").set_index("proxy")
    labels = [label.get_text() for label in found["correlations"].get_yticklabels()]
    means = frames["correlations"].groupby("proxy")["tau"].mean().sort_values(ascending=False)
    assert labels == [reports.names.proxy_label(name) for name in means.index]
    dots = next(line for line in found["correlations"].lines if line.get_label() == "CIFAR-10")
    assert list(dots.get_xdata()) == [table["tau"][name] for name in means.index]
    assert any("two trainings" in line.get_label() for line in found["correlations"].lines)
    within = next(line for line in found["ladder"].lines if line.get_label() == "pairs of one size")
    assert sorted(within.get_xdata(), reverse=True) == list(within.get_xdata())
    assert set(within.get_xdata()) == set(table["tau_within_deciles"])
    sampled = next(line for line in found["scatter"].lines if line.get_label() == "sampled network")
    assert len(sampled.get_xdata()) == 30
    assert found["scatter"].get_xlabel() == "Zen-NAS score"
    assert found["scatter"].get_ylabel() == "CIFAR-10 accuracy (%)"
    assert re.fullmatch(r"τ = 0\.\d\d \[.*\], n = 30", found["scatter"].get_title())
    assert "published" in [line.get_label() for line in found["accuracies"].lines]
    assert "random network" in [line.get_label() for line in found["accuracies"].lines]
    assert [text.get_text() for text in found["search"].get_legend().get_texts()] == ["seed 0", "seed 1"]


def test_what_is_not_in_a_frame_is_told(frames) -> None:
    with pytest.raises(ValueError, match="proxy: name one; the frame has flops, te_nas_zen, zen"):
        reports.plot_scatter(frames["points"], dataset="cifar10")
    with pytest.raises(ValueError, match="dataset: there is no 'svhn'; the frame has cifar10, cifar100"):
        reports.plot_ladder(frames["correlations"], dataset="svhn")
    with pytest.raises(ValueError, match="dataset: name one"):
        reports.plot_accuracies(frames["accuracies"])


@pytest.mark.parametrize("name", [r"$\frac{$ <b> \input{x}", "one\ntwo", "x" * 500])
def test_names_are_no_formulas(frames, name: str, tmp_path: Path) -> None:
    renamed = {key: frame.replace({"zen": name, "cifar10": name}) for key, frame in frames.items()}
    figures = [
        reports.plot_scatter(renamed["points"], proxy=name, dataset=name),
        reports.plot_correlations(renamed["correlations"], noise=renamed["noise"]),
        reports.plot_accuracies(renamed["accuracies"], dataset=name),
        reports.plot_ladder(renamed["correlations"], dataset=name),
        reports.plot_search(renamed["curves"], proxy=name),
    ]
    for ax in figures:
        reports.save_figure(ax, tmp_path / "a.svg")


def test_the_example_of_the_documentation_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synthetic_study.build(tmp_path / "results.sqlite", ["zen", "flops"], samples=20).close()
    page = (Path(__file__).parents[2] / "docs" / "python.md").read_text()
    example = page.split("## Figures and tables for a paper")[1].split("```python")[1].split("```")[0]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "agg")
    made: dict = {}
    exec(example.replace('"runs/quick"', repr(str(tmp_path))), made)
    assert (tmp_path / "correlations.pdf").read_bytes().startswith(b"%PDF")
    assert made["table"].count(r"\begin{table}") == 1
    assert "Methods" in made["methods"]

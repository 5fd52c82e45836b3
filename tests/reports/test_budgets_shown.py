import pytest
import synthetic_study
from zsbench.reports.budgets import budget_grid
from zsbench.reports.plots import figures
from zsbench.reports.style import render
from zsbench.results import Store, accuracy_curves, budgets, comparison, correlations

STEMS = {
    f"accuracy_over_{axis}_{dataset}" for axis in ("evaluations", "seconds") for dataset in ("cifar10", "cifar100")
}


def drawn(store: Store) -> set[str]:
    return {name for name, _ in figures(store, comparison(store), correlations(store)) if name.startswith("accuracy_o")}


def test_both_budgets_are_drawn_for_each_data_set(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen", "params"], samples=4, leaders=True) as store:
        assert drawn(store) == STEMS


def test_a_study_of_which_only_winners_are_trained_draws_none(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen", "params"], samples=4) as store:
        assert drawn(store) == set()
        assert budgets(accuracy_curves(store)).empty


@pytest.mark.parametrize("best", [None, 99.5])
def test_a_panel_shows_its_own_row_before_the_others(tmp_path, best):
    with synthetic_study.build(
        tmp_path / "results.sqlite", ["zen", "params"], ["cifar10"], 4, leaders=True, strategies=("evolution", "random")
    ) as store:
        frame = budgets(accuracy_curves(store)).query("axis == 'evaluations'")
    figure = budget_grid(frame, "evaluations", best)
    assert len(figure.axes) == 4
    for ax, (_, mine) in zip(figure.axes, frame.groupby(["proxy", "strategy"], sort=False), strict=True):
        line = ax.lines[-2]  # the last is the dot at its end
        expected = mine["median"] if best is None else best - mine["median"]
        assert line.get_ydata().tolist() == pytest.approx(expected.tolist())
        assert len(ax.lines) == 3 + 2
    svg = render(figure)["svg"].decode()
    assert ("regret (pp)" in svg) == (best is not None)
    assert "evaluations" in svg

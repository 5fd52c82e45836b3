import numpy as np
import pandas as pd
import pytest
from zsbench.reports.curves import LONG, search_grid
from zsbench.reports.style import render


def curve(evaluations, values, seed=0, proxy="zen"):
    columns = {"proxy": proxy, "strategy": "evolution", "seed": seed, "evaluation": evaluations, "value": values}
    return pd.DataFrame(columns)


def published(improvements=1000, evaluations=480_000):
    """A search of the published length."""
    steps = np.unique(np.geomspace(1, evaluations, improvements).round().astype(int))
    return curve(steps, -np.geomspace(1e10, 1e3, len(steps)))


@pytest.mark.parametrize(("last", "scale"), [(LONG - 1, "linear"), (LONG, "log"), (480_000, "log")])
def test_evaluations_are_on_a_log_axis_in_long_searches(last, scale):
    axes = search_grid(curve([1, 50, last], [1.0, 2.0, 3.0]), {"zen": "zen"}, {}).axes[0]
    assert axes.get_xscale() == scale
    low, high = axes.get_xlim()
    assert low < 1 <= last < high
    assert 2 <= len([tick for tick in axes.get_xticks() if low <= tick <= high]) <= 7


def test_a_thousand_improvements_fill_their_panel_and_weigh_little():
    figure = search_grid(published(), {"zen": "zen"}, {})
    axes = figure.axes[0]
    low, high = axes.transData.inverted().transform(axes.transAxes.transform([(0.5, 0.0), (0.5, 1.0)]))[:, 1]
    assert -1e11 < low < -1e10
    assert -1e3 < high < 0
    assert len(render(figure)["svg"]) < 100_000

import math

import pytest
import synthetic_study
from zsbench.reports import latex, legend, markdown
from zsbench.reports.legend import warning
from zsbench.results import Store, comparison, with_references


def searched(table, **columns):
    """A comparison with other columns of its searches."""
    return table._replace(searches=table.searches.assign(**columns))


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    path = tmp_path_factory.mktemp("legend") / "results.sqlite"
    with synthetic_study.build(path, ["zen", "params", "random"], ["cifar10"], samples=12) as store:
        return with_references(store, comparison(store))


def test_it_says_how_rows_were_compared_and_what_the_last_ones_are(frame):
    told = legend(frame)
    for words in (
        "n = 2 search seeds",
        "share a letter",
        "Tukey",
        "Games",
        "n = 12 architectures sampled",
        "best of ten",
    ):
        assert words in told
    assert "So few seeds cannot show" in told
    assert "So few seeds" not in legend(frame._replace(accuracies=frame.accuracies.assign(n=5)))
    assert "found one network" not in told
    assert "found one network" in legend(searched(frame, distinct_winners=[1, 2, 2, 0, 0]))
    without = frame.of("proxy")
    assert "In italics" not in legend(without)


def test_one_seed_does_not_tell_rows_apart(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen", "params"], ["cifar10"], 4, seeds=1) as store:
        frame = comparison(store)
    assert frame.accuracies["letters"].tolist() == ["", ""]
    assert "One search seed does not tell rows apart" in legend(frame)
    assert "share a letter" not in legend(frame)
    assert "**" not in markdown(searched(frame, score_percentile=100.0))


def test_searches_that_have_not_converged_are_named(frame):
    lower = searched(frame, score_percentile=[87.5, 100.0, 99.99, math.nan, math.nan])
    told = warning(lower)
    assert told.startswith("The searches of zen (87 %) and random (99 %) have not converged")
    assert "params" not in told
    assert f"**{told}**" in markdown(lower)
    assert "have not converged" in latex(lower)
    one = searched(frame, score_percentile=[100.0, 50.0, 100.0, math.nan, math.nan])
    assert warning(one).startswith("The search of params (50 %) has not converged")
    several = searched(one, strategy="local")
    assert "params, local (50 %)" in warning(several)


def test_nothing_is_warned_of_where_all_have_converged_or_nothing_is_known(frame, tmp_path):
    for percentile in (100.0, math.nan):
        quiet = searched(frame, score_percentile=percentile)
        assert warning(quiet) == ""
        assert "converged" not in markdown(quiet) + latex(quiet)
    with Store(tmp_path / "results.sqlite") as store:
        assert warning(comparison(store)) == ""
        assert "Rows that share" not in legend(comparison(store))

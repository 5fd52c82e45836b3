import pytest
import synthetic_study
from scipy import stats
from zsbench.results import Store, covariates, points
from zsbench.results.covariates import COLUMNS


def test_sizes_are_correlated_with_each_other_and_with_accuracy(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen"], samples=20) as store:
        frame = covariates(store).set_index(["first", "second", "dataset"])
        mine = points(store).query("kind == 'sample' and dataset == 'cifar100'")
    assert len(frame) == 3 + 2 * 3
    expected = stats.kendalltau(mine["params"].astype(float), mine["accuracy"]).statistic
    row = frame.loc[("params", "accuracy", "cifar100")]
    assert row["tau"] == pytest.approx(expected)
    assert row["tau_low"] < expected < row["tau_high"]
    assert row["n"] == 20
    assert frame["tau"].iloc[0] == pytest.approx(1), "here multiply-adds are a multiple of the parameters"
    assert frame["tau"].iloc[1:3].isna().all(), "and all have one depth"
    assert frame.index[0][:2] == ("params", "macs")


def test_without_a_sample_there_is_no_row(tmp_path):
    with Store(tmp_path / "results.sqlite") as store:
        frame = covariates(store)
    assert frame.empty
    assert list(frame.columns) == COLUMNS

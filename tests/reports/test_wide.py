import pytest
import synthetic_study
from zsbench.reports import wide
from zsbench.results import comparison, with_references


def test_data_sets_stand_side_by_side_in_the_order_of_the_rows(tmp_path):
    with synthetic_study.build(tmp_path / "results.sqlite", ["zen", "params"], samples=12) as store:
        long = with_references(store, comparison(store))
    frame = wide(long)
    assert frame["proxy"].tolist() == long.searches["proxy"].tolist()
    assert frame["kind"].tolist() == ["proxy", "proxy", "reference", "reference"]
    for name in ("cifar10", "cifar100"):
        on = long.on(name)
        assert frame[f"{name}_mean"].tolist() == on["mean"].tolist()
        assert frame[f"n_{name}"].tolist() == on["sampled"].tolist() == [12, 12, 0, 0]
        assert frame[f"letters_{name}"].tolist() == on["letters"].tolist()
    assert not frame.columns.duplicated().any()


def test_a_proxy_with_the_name_of_a_reference_keeps_its_own_row(tmp_path):
    names = ["random network", "params"]
    with synthetic_study.build(tmp_path / "results.sqlite", names, ["cifar10"], samples=12) as store:
        frame = wide(with_references(store, comparison(store)))
    assert frame["proxy"].tolist()[::2] == ["random network", "random network"]
    assert frame.loc[0, "cifar10_mean"] != pytest.approx(frame.loc[2, "cifar10_mean"])
    assert len(frame) == 4

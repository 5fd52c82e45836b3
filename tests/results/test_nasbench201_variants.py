"""The variants of proxies that the kept study `nasbench201` measures, against the built-in proxies."""

import math
from pathlib import Path

import pandas as pd
import pytest
from zsbench import proxies, space
from zsbench.proxies import registry

STUDY = Path(__file__).parents[2] / "results" / "studies" / "nasbench201"
CELL = "|nor_conv_3x3~0|+|nor_conv_1x1~0|none~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_3x3~2|"
SMALL = {"resolution": 16, "batch_size": 8, "num_classes": 10}


@pytest.fixture(autouse=True)
def _variants(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file's proxies are registered for one test only."""
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    assert len(proxies.load_file(STUDY / "variants.py")) == 5


def value(name: str) -> float:
    found = proxies.score(name, space.parse(CELL), **SMALL).value
    assert found is not None
    return found


def test_the_mean_is_the_sum_over_the_number_of_weights() -> None:
    network = space.build(space.parse(CELL), 10, residual=True)
    weights = sum(parameter.numel() for parameter in network.parameters() if parameter.ndim > 1)
    assert value("gradsign_mean") == pytest.approx(value("gradsign") / weights, rel=1e-12)


def test_size_terms_are_bell_curves_around_mu() -> None:
    swap, millions = value("swap"), space.cost(space.parse(CELL), resolution=16, num_classes=10).params / 1e6
    assert value("reg_swap") == pytest.approx(swap * math.exp(-((millions - 1) ** 2)), rel=1e-9)
    assert value("reg_swap_half") == pytest.approx(swap * math.exp(-((millions - 0.5) ** 2)), rel=1e-9)
    assert value("reg_swap_more") == pytest.approx(swap * math.exp(-((millions - 1.5) ** 2)), rel=1e-9)
    thousands = 1000 * millions
    assert value("reg_swap_thousands") == pytest.approx(math.log(swap) - (thousands - 25) ** 2 / 25, rel=1e-9)


def test_zen_with_shortcuts_is_zen_of_the_network_as_it_is() -> None:
    """Under the protocol that keeps the shortcuts of all proxies, they are one proxy; under the published one, two."""
    cell = space.parse(CELL)
    uniform = [proxies.score(name, cell, protocol="uniform", **SMALL).value for name in ("zen", "zen_shortcuts")]
    assert uniform[0] == uniform[1]
    assert value("zen") != value("zen_shortcuts")


def test_the_table_holds_one_row_for_each_variant_and_data_set() -> None:
    table = pd.read_csv(STUDY / "report" / "variants.csv")
    assert not table.duplicated(["proxy", "variant", "dataset"]).any()
    assert set(table.fixed) == {"before", "after", "not used"}
    built_in = table[table.fixed != "not used"]
    assert not built_in.duplicated(["proxy", "dataset"]).any()
    assert (table.rho_low <= table.rho).all()
    assert (table.rho <= table.rho_high).all()

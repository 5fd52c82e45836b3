from pathlib import Path

import pandas as pd
import pytest

import proxies
from bench.catalogue import STUDY, catalogue

ROOT = Path(__file__).parents[2]


@pytest.fixture
def built_in(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the proxies that come with the package; other tests register more."""
    modules = {name: proxies.get(name).function.__module__ for name in proxies.names()}
    names = [n for n, m in modules.items() if m.startswith("proxies.") and m != "proxies.combination"]
    monkeypatch.setattr(proxies, "names", lambda: names)
    return names


def test_the_page_is_what_the_registry_says(built_in: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert catalogue() == (ROOT / "docs" / "proxies.md").read_text(), "run `make docs`"


def test_every_proxy_has_a_row_and_a_section(built_in: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    lines = catalogue().splitlines()
    for name in built_in:
        assert sum(line.startswith(f"| [`{name}`](#{name}) ") for line in lines) == 1
        assert lines.count(f"## {name}") == 1
        assert proxies.get(name).summary in lines


def test_measured_columns_are_the_studys(built_in: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    correlated = pd.read_csv(STUDY / "report" / "correlation.csv").set_index(["proxy", "dataset"])
    row = next(line for line in catalogue().splitlines() if line.startswith("| [`naswot`]"))
    for dataset in ("cifar10", "cifar100", "imagenet16_120"):
        assert f"{correlated.loc[('naswot', dataset)].rho:.2f} [" in row
    assert next(line for line in catalogue().splitlines() if line.startswith("| [`entropy`]")).endswith(
        "| – | – | – | – |"
    )

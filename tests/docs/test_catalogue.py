"""`docs/proxies.md` is what its generator writes, and that is what the registry and the kept studies say."""

import sys
from pathlib import Path

import pandas as pd
import pytest
from zsbench import proxies

ROOT = Path(__file__).parents[2]
sys.path.append(str(ROOT / "docs"))  # of no package: it is run as a script

from catalogue import PUBLISHED_STUDY, SMALL_STUDY, catalogue  # noqa: E402


@pytest.fixture
def built_in(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the proxies that come with the package; other tests register more."""
    modules = {name: proxies.get(name).function.__module__ for name in proxies.names()}
    names = [n for n, m in modules.items() if m.startswith("zsbench.proxies.") and m != "zsbench.proxies.combination"]
    monkeypatch.setattr(proxies, "names", lambda: names)
    return names


def test_the_page_is_what_the_registry_says(built_in: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert catalogue() == (ROOT / "docs" / "proxies.md").read_text(), "run `make docs`"


def test_every_proxy_has_a_row_and_a_section(built_in: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    lines = catalogue().splitlines()
    for name in built_in:
        table = lines[: lines.index("## Variants")]
        assert sum(line.startswith(f"| [`{name}`](#{name}) ") for line in table) == 1
        assert lines.count(f"## {name}") == 1
        assert proxies.get(name).summary in lines


def row_of(page: str, start: str) -> list[str]:
    """The cells of the first row of a table that starts so."""
    return next(line for line in page.splitlines() if line.startswith(start)).strip("| ").split(" | ")


def test_each_proxy_shows_its_best_measured_row(built_in: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The published setting before the small one, and what `variants.csv` says of a built-in proxy before the study."""
    monkeypatch.chdir(ROOT)
    page = catalogue()
    variants = pd.read_csv(PUBLISHED_STUDY / "report" / "variants.csv")
    sources = {
        "naswot": (pd.read_csv(PUBLISHED_STUDY / "report" / "correlation.csv"), "published"),
        "zen": (variants[variants.variant == "shortcuts removed, noise"], "published"),
        "vkdnw": (pd.read_csv(SMALL_STUDY / "report" / "correlation.csv"), "small"),
    }
    for name, (table, setting) in sources.items():
        found = table[table.proxy == name].set_index("dataset").loc[["cifar10", "cifar100", "imagenet16_120"]]
        cells = row_of(page, f"| [`{name}`]")
        assert cells[4:6] == [setting, str(found.n.min())]
        assert cells[6:] == [f"{r.rho:.2f} [{r.rho_low:.2f}, {r.rho_high:.2f}]" for r in found.itertuples()]
    assert row_of(page, "| [`entropy`]")[3:] == ["–"] * 6


def test_the_rows_of_variants_are_those_of_proxies_with_more_than_one(
    built_in: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    section = catalogue().split("## Variants")[1].split("\n## ")[0]
    rows = [line.strip("| ").split(" | ")[:3] for line in section.splitlines() if line.startswith("| [`")]
    variants = pd.read_csv(PUBLISHED_STUDY / "report" / "variants.csv").drop_duplicates(["proxy", "variant"])
    assert rows == [
        [f"[`{row.proxy}`](#{row.proxy})", row.variant, row.fixed]
        for row in variants.itertuples()
        if (variants.proxy == row.proxy).sum() > 1
    ]
    assert ["[`gradsign`](#gradsign)", "sum over weights", "after"] in rows

import re
from pathlib import Path

import pytest
from zsbench import proxies
from zsbench.proxies import registry
from zsbench.reports.names import citations, dataset_label, proxy_label

BASELINES = {"depth", "flops", "params", "random"}
BUILT_IN = [name for name in proxies.names() if registry.get(name).function.__module__.startswith(proxies.__name__)]


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("zen", "Zen-NAS"),
        ("te_nas_zen", "TE-NAS (NTK)"),
        ("synflow_zen", "synflow (BN, minimised)"),
        ("incorporated_l", "Incorporated-NAS-l"),
        ("flops", "FLOPs"),
    ],
)
def test_rows_have_the_names_of_the_published_table(name: str, title: str) -> None:
    assert proxy_label(name) == title


def test_every_built_in_proxy_has_a_name_of_its_own() -> None:
    titles = [proxy_label(name) for name in BUILT_IN]
    assert len(set(titles)) == len(titles)
    assert all("_" not in title and len(title) <= 25 for title in titles)


def test_every_built_in_proxy_but_a_baseline_names_its_papers() -> None:
    known = re.findall(r"^@\w+\{(\w+),", (Path(proxies.__file__).parent / "references.bib").read_text(), re.MULTILINE)
    assert len(set(known)) == len(known)
    for name in BUILT_IN:
        assert set(citations(name)) <= set(known)
        assert bool(citations(name)) == (name not in BASELINES), name
    assert set(known) == {key for name in BUILT_IN for key in citations(name)}


def test_a_proxy_without_a_title_or_unknown_here_keeps_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    proxies.proxy("bare")(lambda network, batch: 1.0)
    proxies.proxy("titled", title="Mine, $x$", cite="me2026")(lambda network, batch: 1.0)
    assert [proxy_label(name) for name in ("bare", "titled", "elsewhere")] == ["bare", "Mine, $x$", "elsewhere"]
    assert [citations(name) for name in ("bare", "titled", "elsewhere")] == [(), ("me2026",), ()]


def test_data_sets_have_their_usual_spelling() -> None:
    assert [dataset_label(name) for name in ("cifar10", "imagenet16_120", "mine")] == [
        "CIFAR-10",
        "ImageNet16-120",
        "mine",
    ]

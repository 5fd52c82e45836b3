"""The page about notebooks runs as it is written, cell after cell."""

import re
from pathlib import Path
from typing import Any

import matplotlib as mpl
import pytest
from zsbench.bench.standing import api
from zsbench.proxies import registry

ROOT = Path(__file__).parents[2]


def test_every_cell_of_the_page_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    mpl.use("Agg")
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    cells = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs" / "notebook.md").read_text(), re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        exec(compile(cell, "notebook", "exec"), names)
    found = names["found"]
    assert isinstance(found, api.Ranking)
    assert found.verdict.proxy == "mean_response"
    assert "mean_response on cifar-small, CIFAR-10: all 40 networks scored under 3 seeds." in capsys.readouterr().out
    assert names["left"].has_data()
    assert names["right"].has_data()
    assert len(names["board"].rows) == len(names["board"].means) >= 35


def test_a_cell_that_is_run_again_takes_the_place_of_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
    names: dict[str, Any] = {"__name__": "__main__"}
    cell = "def mine(architecture, setting):\n    return SIGN * architecture.layers\n"
    taus = []
    for sign in ("1", "-1"):
        exec(compile(cell.replace("SIGN", sign), "notebook", "exec"), names)
        found = api.rank(names["mine"], "cifar-small", needs="architecture", deterministic=True, progress=False)
        taus.append(found.verdict.correlation.tau)
    assert taus[0] == pytest.approx(-taus[1])
    assert taus[0] != 0

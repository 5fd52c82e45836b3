"""The baseline of the benchmarks is the oracle too: in float64, ours and the naive formulation give one value."""

from dataclasses import replace

import naive
import pytest
import torch
from conftest import walk
from zsbench import proxies
from zsbench.proxies.score import Request

SETTING = {"seed": 3, "batch_size": 8, "num_classes": 10}


def ours(name: str, architecture, resolution: int) -> float:
    """The proxy's function on what it is given, in float64."""
    proxy = replace(proxies.get(name), precision="float64")
    request = Request(
        architecture, **SETTING, resolution=resolution, protocol="published", device=torch.device("cpu"), source=None
    )
    return request.evaluate(proxy)[0]


@pytest.mark.parametrize(("space_name", "resolution"), [("resnet", 16), ("mobilenet", 64)])
@pytest.mark.parametrize("name", naive.SCORES)
def test_ours_is_the_naive_score(name: str, space_name: str, resolution: int) -> None:
    for architecture in walk(space_name, 1, seed=5):
        expected = naive.score(name, architecture, **SETTING, resolution=resolution, precision="float64")
        # Condition numbers reach 1e8 and more, and with them what float64 rounds off.
        relative = 1e-3 if name in ("te_nas_zen", "ntk_cond", "jacob_cov") else 1e-7
        assert ours(name, architecture, resolution) == pytest.approx(expected, rel=relative)

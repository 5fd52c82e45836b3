import math
import re

import pytest
from conftest import golden, walk
from torch import nn
from zsbench import space


def slow_stages(architecture: space.Structure, resolution: int):
    """(L, Σ ln w, C, r) at each stage's end, read off the built plain network module by module."""
    network = space.build(architecture, residual=False, initialise=False)
    stages, count, logs, side, channels, first = [], 0, 0.0, resolution, 3, True
    units = iter(network.units)
    for block in architecture.blocks:
        if block.stride == 2 and not first:
            stages.append((count, logs, channels, side))
        first = False
        per_layer = 1 if re.fullmatch(r"SuperConv.*|SuperResK(\d)K\1", block.kind) else 2
        for _ in range(block.layers * per_layer):
            for conv in next(units).convs:
                assert isinstance(conv, nn.Conv2d)
                count += 1
                logs += math.log(conv.in_channels * conv.kernel_size[0] ** 2 / conv.groups)
                side = (side + 2 * conv.padding[0] - conv.kernel_size[0]) // conv.stride[0] + 1
                channels = conv.out_channels
    stages.append((count, logs, channels, side))
    return stages


@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_entropy_and_effectiveness_equal_the_slow_sums(name: str) -> None:
    for architecture in walk(name, 20, seed=1):
        stages = slow_stages(architecture, 64)
        rho = max(count / math.exp(logs / count) for count, logs, _, _ in stages)
        assert space.effectiveness(architecture) == pytest.approx(rho, rel=1e-12)
        h = sum((math.log(c) + 2 * math.log(r)) * 0.5 * logs for _, logs, c, r in stages)
        expected = h - space.depth_penalty(architecture)
        assert space.entropy(architecture, 64) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("blocks", "counts"),
    [
        ("SuperResK3K3(8,8,1,8,3)SuperResK3K3(8,8,1,8,1)SuperResK3K3(8,8,1,8,2)", [1, 2]),
        ("SuperResK1K3K1(8,8,1,8,3)SuperResK3K3(8,8,1,8,1)SuperResK3K3(8,8,1,8,2)", [2]),
        ("SuperResK1K3K1(8,8,1,8,3)SuperResK1K3K1(8,8,1,8,1)SuperResK1K3K1(8,8,1,8,2)SuperResK3K3(8,8,1,8,1)", [4, 1]),
        ("SuperResIDWE1K3(8,8,1,8,3)SuperResIDWE1K3(8,8,1,8,1)", [6, 2]),
        ("SuperResK3K3(8,8,1,8,3)", []),
        ("", []),
    ],
)
def test_depth_penalty_is_of_the_blocks_after_the_leading_ones(blocks: str, counts: list[int]) -> None:
    mean = sum(counts) / len(counts) if counts else 0
    std = math.sqrt(sum((c - mean) ** 2 for c in counts) / len(counts)) if counts else 0
    architecture = space.parse(f"SuperConvK3BNRELU(3,8,1,1){blocks}")
    assert space.depth_penalty(architecture) == pytest.approx(10 * math.exp(std))


def test_an_absurdly_uneven_network_has_an_infinite_penalty() -> None:
    uneven = "SuperConvK3BNRELU(3,8,1,1)SuperResIDWE1K3(8,8,1,8,1000)SuperResIDWE1K3(8,8,1,8,1)"
    architecture = space.parse(uneven + "SuperResIDWE1K3(8,8,1,8,1000)")
    assert space.depth_penalty(architecture) == math.inf
    assert space.entropy(architecture) == -math.inf


@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_closed_forms_meet_the_golden_values(name: str) -> None:
    for row in golden(name):
        architecture = space.parse(row["architecture"])
        assert space.effectiveness(architecture) == pytest.approx(row["effectiveness"], rel=1e-9)
        assert space.entropy(architecture, row["resolution"]) == pytest.approx(row["entropy"], rel=1e-9)
        assert space.depth_penalty(architecture) == pytest.approx(row["depth_penalty"], rel=1e-9)

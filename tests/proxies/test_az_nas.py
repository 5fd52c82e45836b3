"""AZ-NAS against its formula, written out with plain loops."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn
from zsbench import proxies, space
from zsbench.proxies.batch import Batch, Setting, draw_noise, make_generator
from zsbench.proxies.tools.initialise import initialise
from zsbench.proxies.zoo.az_nas import az_nas

CELL = "|nor_conv_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"
IDENTITY = "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|"
DEAD = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"


def network_of(architecture: space.Architecture) -> space.Network:
    network = space.build(architecture, 5, residual=True, initialise=False)
    initialise(network, "kaiming", make_generator(0, "test"))
    return network.double()


def batch_of(side: int = 12) -> Batch:
    setting = Setting(seed=0, resolution=side, batch_size=3, num_classes=5, residual=True)
    images = draw_noise((3, 3, side, side), make_generator(1, "test")).double()
    return Batch(images, torch.zeros(3), setting, make_generator(2, "test"))


def slow_entropy(features: torch.Tensor) -> float:
    vectors = [features[n, :, i, j] for n, i, j in positions(features)]
    mean = sum(vectors) / len(vectors)
    covariance = sum(torch.outer(v - mean, v - mean) for v in vectors) / len(vectors)
    eigenvalues = [max(0.0, v) for v in torch.linalg.eigvalsh(covariance).tolist()]
    shares = [v / sum(eigenvalues) for v in eigenvalues]
    return -sum(p * math.log(p + 1e-8) for p in shares)


def slow_trainability(g_in: torch.Tensor, g_out: torch.Tensor) -> float:
    stride = math.ceil(g_in.shape[2] / g_out.shape[2])
    matrix = torch.zeros(g_in.shape[1] * stride * stride, g_out.shape[1], dtype=torch.float64)
    for n, i, j in positions(g_out):
        patch = torch.zeros(g_in.shape[1], stride, stride, dtype=torch.float64)
        inside = g_in[n, :, i * stride : (i + 1) * stride, j * stride : (j + 1) * stride]
        patch[:, : inside.shape[1], : inside.shape[2]] = inside
        matrix += torch.outer(patch.flatten(), g_out[n, :, i, j])
    sigma = torch.linalg.svd(matrix / len(positions(g_out)))[1][0].item()
    return 2 - sigma - 1 / (sigma + 1e-6)


def positions(features: torch.Tensor) -> list[tuple[int, int, int]]:
    n, _, height, width = features.shape
    return [(k, i, j) for k in range(n) for i in range(height) for j in range(width)]


def slow_az_nas(network: space.Network, blocks: list[nn.Module], batch: Batch) -> tuple[float, float, float]:
    outputs = [batch.images]
    for block in blocks:
        outputs.append(block(outputs[-1]))
    entropies = [slow_entropy(y.detach()) for y in outputs[1:]]
    trainabilities = []
    for x, y in pairwise(outputs[1:]):
        n, c, h, w = y.shape
        probe = torch.randint(2, (n, h, w, c), generator=batch.generator, dtype=torch.int8).double() * 2 - 1
        g_out = probe.permute(0, 3, 1, 2)
        (g_in,) = torch.autograd.grad(y, x, g_out, retain_graph=True)
        trainabilities.append(slow_trainability(g_in, g_out))
    increases = [b - a for a, b in pairwise(entropies)]
    return sum(entropies), min(increases), sum(trainabilities) / len(trainabilities)


@pytest.mark.parametrize("side", [12, 9])  # 9 is not a multiple of the strides
def test_az_nas(tiny: space.Structure, side: int) -> None:
    network = network_of(tiny)
    expected = slow_az_nas(network, list(network.units), batch_of(side))
    values = az_nas(network_of(tiny), batch_of(side))
    assert values[:3] == pytest.approx(expected, rel=1e-6)
    assert values[3] == space.cost(tiny, side, 5, True).macs


def test_the_head_of_a_cell_network_is_no_block() -> None:
    network = network_of(space.parse(CELL))
    expected = slow_az_nas(network, list(network.units)[:-1], batch_of(4))
    assert az_nas(network_of(space.parse(CELL)), batch_of(4))[:3] == pytest.approx(expected, rel=1e-6)


def test_an_identity_counts_as_a_block_that_lets_nothing_pass() -> None:
    # 15 of the 17 blocks after the stem are cells; the two residual blocks between the stages score between −10 and 0.
    values = az_nas(network_of(space.parse(IDENTITY)), batch_of(8))
    assert all(math.isfinite(v) for v in values)
    assert 15 * (2 - 1e6) - 20 < 17 * values[2] < 15 * (2 - 1e6)


def test_a_dead_cell_has_the_lowest_finite_trainability() -> None:
    expressivity, progressivity, trainability, _ = az_nas(network_of(space.parse(DEAD)), batch_of(8))
    # Of 18 blocks the stem alone has features, and its probe is not asked for.
    assert expressivity == -progressivity > 0
    assert trainability == pytest.approx(2 - 1e6, rel=0.2)


def test_one_block_has_no_neighbour_to_compare() -> None:
    score = proxies.score("az_nas", space.parse("SuperConvK3BNRELU(3,8,1,1)"), resolution=8, batch_size=2)
    assert score.reason == "az_nas compares neighbours: it is defined for networks of two blocks or more"


def test_components_are_reproducible(tiny: space.Structure) -> None:
    small = {"resolution": 16, "batch_size": 8, "num_classes": 10}
    first, again, other = (proxies.score("az_nas", tiny, seed=seed, **small).components for seed in (0, 0, 1))
    assert first == again
    assert first[:3] != other[:3]


def test_the_network_is_left_alone(tiny: space.Structure) -> None:
    network = network_of(tiny)
    before = [p.clone() for p in network.parameters()]
    az_nas(network, batch_of())
    assert all(torch.equal(p, q) for p, q in zip(network.parameters(), before, strict=True))
    assert all(p.grad is None for p in network.parameters())

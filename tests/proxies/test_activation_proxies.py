"""Proxies of activation patterns and of activations, against their formulas written out with plain loops."""

import math

import pytest
import torch
from torch import nn
from zsbench import proxies, space
from zsbench.proxies.batch import Batch, Setting, draw_noise, make_generator
from zsbench.proxies.tools.activations import distinct_rows, pack_rows
from zsbench.proxies.tools.initialise import initialise
from zsbench.proxies.zoo.depth import depth
from zsbench.proxies.zoo.linear_regions import linear_regions
from zsbench.proxies.zoo.meco import meco
from zsbench.proxies.zoo.naswot import naswot
from zsbench.proxies.zoo.reg_swap import reg_swap
from zsbench.proxies.zoo.swap import swap

SETTING = Setting(seed=0, resolution=12, batch_size=6, num_classes=5, residual=True)
SMALL = {"resolution": 16, "batch_size": 8, "num_classes": 10}
DEAD = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"


def network_of(architecture: space.Architecture, init: str, thin: bool = False) -> space.Network:
    network = space.build(architecture, 5, residual=True, thin=thin, initialise=False)
    initialise(network, init, make_generator(0, "test"))
    return network.double()


def batch_of(images: torch.Tensor) -> Batch:
    return Batch(images.double(), torch.zeros(len(images)), SETTING, make_generator(0))


def images_of(size: int) -> torch.Tensor:
    return draw_noise((size, 3, 12, 12), make_generator(1, "test"))


def activations(network: space.Network, x: torch.Tensor) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """What the convolutions give, and what the ReLUs are given, of a super-block network."""
    maps, given = [], []

    def convolve(conv: nn.Module, y: torch.Tensor) -> torch.Tensor:
        maps.append(conv(y))
        return maps[-1]

    for unit in network.units:
        y = x
        for index, (conv, norm) in enumerate(zip(unit.convs, unit.norms, strict=True)):
            y = norm(convolve(conv, y))
            if index == len(unit.convs) - 1 and unit.projection is not None:
                y = y + unit.projection[1](convolve(unit.projection[0], x))
            elif index == len(unit.convs) - 1 and unit.residual:
                y = y + x
            given.append(y)
            y = y.clamp(min=0)
        x = y
    return maps, given


def bits(network: space.Network, images: torch.Tensor) -> list[list[bool]]:
    """Which neurons are active: a row an image."""
    with torch.no_grad():
        _, given = activations(network, images.double())
    return torch.cat([(z > 0).flatten(1) for z in given], 1).tolist()


def test_naswot(tiny: space.Structure) -> None:
    images = images_of(6)
    rows = bits(network_of(tiny, "default"), images)
    kernel = [[float(sum(p == q for p, q in zip(a, b, strict=True))) for b in rows] for a in rows]
    expected = math.log(abs(torch.linalg.det(torch.tensor(kernel, dtype=torch.float64)).item()))
    assert naswot(network_of(tiny, "default"), batch_of(images)) == pytest.approx(expected, rel=1e-9)


def test_naswot_has_a_batch_of_its_own(tiny: space.Structure) -> None:
    other = {**SMALL, "batch_size": 4}
    assert proxies.score("naswot", tiny, **SMALL).value == proxies.score("naswot", tiny, **other).value


def test_naswot_of_equal_images_has_no_value(tiny: space.Structure) -> None:
    # Many images, since rounding would let a determinant by elimination come out finite.
    for seed in range(4):
        images = draw_noise((96, 3, 8, 8), make_generator(seed, "equal")).double()
        images[90] = images[seed]
        assert naswot(network_of(tiny, "default"), batch_of(images)) == -math.inf


def test_linear_regions(tiny: space.Structure) -> None:
    # Pixels in place of images: few neurons, so that different images share a region.
    images = draw_noise((300, 3, 1, 1), make_generator(2, "test"))
    rows = bits(network_of(tiny, "kaiming", thin=True), images)
    regions = len({tuple(row) for row in rows})
    assert regions < 300
    assert linear_regions(network_of(tiny, "kaiming", thin=True), batch_of(images)) == regions


def test_equal_images_are_in_one_region(tiny: space.Structure) -> None:
    images = images_of(6)
    assert linear_regions(network_of(tiny, "kaiming"), batch_of(images)) == 6
    images[4] = images[1]
    images[5] = images[1]
    assert linear_regions(network_of(tiny, "kaiming"), batch_of(images)) == 4


def test_regions_are_counted_in_a_thin_network(tiny: space.Structure) -> None:
    first = proxies.score("linear_regions", tiny, **SMALL).value
    assert 100 < first < 3000
    assert first == proxies.score("linear_regions", tiny, resolution=32, batch_size=2, num_classes=10).value


@pytest.mark.parametrize("size", [3, 70])  # of 70 images a pattern takes two words
def test_swap(tiny: space.Structure, size: int) -> None:
    images = images_of(size)
    rows = bits(network_of(tiny, "gaussian"), images)
    patterns = len(set(zip(*rows, strict=True)))
    assert 1 < patterns < len(rows[0])
    assert swap(network_of(tiny, "gaussian"), batch_of(images)) == patterns


def test_reg_swap(tiny: space.Structure) -> None:
    network, batch = network_of(tiny, "gaussian"), batch_of(images_of(6))
    millions = sum(p.numel() for p in network.parameters()) / 1e6
    expected = swap(network, batch) * math.exp(-((millions - 1) ** 2) / 1)
    assert reg_swap(network, batch) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("places", [1, 62, 63, 64, 126, 127, 200])
def test_words_are_equal_where_rows_are(places: int) -> None:
    random = torch.Generator().manual_seed(places)
    rows = torch.randint(2, (40, places), generator=random).bool()
    rows[7], rows[8], rows[9] = rows[3], True, False
    words = pack_rows(rows)
    for a in range(40):
        for b in range(40):
            assert torch.equal(words[a], words[b]) == torch.equal(rows[a], rows[b])
    assert len(distinct_rows(words)) == len({tuple(row) for row in rows.tolist()})


def slow_correlation(channels: list[list[float]]) -> torch.Tensor:
    centred = [[v - sum(row) / len(row) for v in row] for row in channels]
    norms = [math.sqrt(sum(v * v for v in row)) for row in centred]
    matrix = torch.zeros(len(channels), len(channels), dtype=torch.float64)
    for i, a in enumerate(centred):
        for j, b in enumerate(centred):
            if norms[i] > 0 and norms[j] > 0:
                matrix[i, j] = sum(p * q for p, q in zip(a, b, strict=True)) / (norms[i] * norms[j])
    return matrix


def slow_meco(network: space.Network, images: torch.Tensor) -> float:
    with torch.no_grad():
        maps, _ = activations(network, images.double())
    return sum(torch.linalg.eigvalsh(slow_correlation(y[0].flatten(1).tolist()))[0].item() for y in maps)


def test_meco(tiny: space.Structure) -> None:
    # Some of its convolutions have fewer channels than positions, some more.
    images = images_of(1)
    expected = slow_meco(network_of(tiny, "default"), images)
    assert expected > 0.1
    assert meco(network_of(tiny, "default"), batch_of(images)) == pytest.approx(expected, abs=1e-9)


def test_a_constant_channel_has_correlation_zero(tiny: space.Structure) -> None:
    def network() -> space.Network:
        made = network_of(tiny, "default")
        with torch.no_grad():
            made.units[0].convs[0].weight[2] = 0
        return made

    images = images_of(1)
    expected = slow_meco(network(), images)
    assert expected < slow_meco(network_of(tiny, "default"), images) - 1e-3
    assert meco(network(), batch_of(images)) == pytest.approx(expected, abs=1e-9)


def test_depth_is_the_number_of_convolutions(tiny: space.Structure) -> None:
    network = space.build(tiny, residual=False)
    assert depth(tiny, SETTING) == sum(isinstance(m, nn.Conv2d) for m in network.modules())


def test_a_dead_cell() -> None:
    # Nothing gets past the cells: all neurons but those of the end are zero for all images, and all images are alike.
    dead = space.parse(DEAD)
    assert proxies.score("naswot", dead, **SMALL).status == "inf"
    assert proxies.score("linear_regions", dead, **SMALL).value == 1
    assert proxies.score("swap", dead, **SMALL).value == 1


@pytest.mark.parametrize("formula", [naswot, linear_regions, swap, reg_swap, meco])
def test_no_hook_is_left_and_no_weight_changed(tiny: space.Structure, formula) -> None:
    network = network_of(tiny, "default")
    before = [p.clone() for p in network.parameters()]
    formula(network, batch_of(images_of(6)))
    assert not any(module._forward_hooks for module in network.modules())
    assert all(torch.equal(p, q) for p, q in zip(network.parameters(), before, strict=True))

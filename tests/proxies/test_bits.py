"""Patterns counted as bits against counting them one by one."""

import numpy as np
import pytest
import torch
from conftest import walk
from zsbench import space
from zsbench.proxies.tools import activations
from zsbench.proxies.tools.activations import agreement

pytest.importorskip("numba")
from zsbench.proxies.tools import bits


@pytest.mark.parametrize("neurons", [1, 31, 64, 65, 100, 640, 1000])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_every_neuron_on_which_two_images_differ_is_counted(neurons: int, dtype: type) -> None:
    maps = np.random.default_rng(neurons).standard_normal((6, neurons)).astype(dtype)
    maps[0], maps[1] = np.abs(maps[0]) + 1, 0
    words, unknown = bits.pack(maps)
    active = maps > 0
    expected = [[int((a != b).sum()) for b in active] for a in active]
    assert words.shape == (6, -(-neurons // 64))
    assert bits.differences(words).tolist() == expected
    assert bits.differences(words)[0, 1] == neurons
    assert not unknown.any()


def test_what_is_not_a_number_is_told_and_infinity_is_one() -> None:
    maps = np.ones((3, 200), np.float32)
    maps[0, 150:153] = np.nan
    maps[1, 7], maps[2, 7] = np.inf, -np.inf
    words, unknown = bits.pack(maps)
    assert unknown.tolist() == [True, False, False]
    assert bits.differences(words)[1].tolist() == [3, 0, 1]


@pytest.mark.parametrize("precision", [torch.float32, torch.float64])
def test_the_kernel_is_the_one_of_matrix_products(monkeypatch: pytest.MonkeyPatch, precision: torch.dtype) -> None:
    torch.manual_seed(2)
    network = space.build(walk("resnet", 1, seed=2)[0], 10).to(precision).to(memory_format=torch.channels_last)
    images = torch.randn(5, 3, 16, 16, dtype=precision)
    counted = agreement(network, images)
    monkeypatch.setattr(activations, "compiled", lambda *_: None)
    assert torch.equal(counted, agreement(network, images))


@pytest.mark.parametrize("numba", [False, True])
def test_an_image_that_gives_nan_has_no_agreement(monkeypatch: pytest.MonkeyPatch, numba: bool) -> None:
    if not numba:
        monkeypatch.setattr(activations, "compiled", lambda *_: None)
    network = space.build(walk("resnet", 1, seed=2)[0], 10).eval()  # in train mode one image spoils all
    images = torch.randn(3, 3, 8, 8)
    images[1, 0, 2, 2] = float("nan")
    kernel = agreement(network, images)
    assert kernel.isnan().tolist() == [[False, True, False], [True, True, True], [False, True, False]]

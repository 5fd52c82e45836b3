"""bfloat16 in compiled loops: PyTorch's own rounding, and batch norm's gradients to that accuracy."""

import copy

import numpy as np
import pytest
import torch
from torch import nn
from zsbench.space import fused
from zsbench.space.speed.fusion import norm_relu

numba = pytest.importorskip("numba")

ROUNDING = 2.0**-8  # of a bfloat16, relative


def test_numbers_are_read_and_rounded_as_pytorch_does() -> None:
    from zsbench.space.speed.bfloat16 import round_as, widen

    @numba.njit
    def there_and_back(numbers: np.ndarray, bits: np.ndarray, back: np.ndarray) -> None:
        for i in range(len(numbers)):
            bits[i] = round_as(numbers[i], bits)
            back[i] = widen(bits[i])

    ties = (torch.arange(1000) * 2**15 + 0x3F800000).int().view(torch.float32)  # every other one lies half way
    odd = torch.tensor([0.0, -0.0, torch.inf, -torch.inf, 3.4e38, -3.4e38, 1e-40, 1e-45])
    missing = torch.tensor([0x7FC00000, 0x7FFFFFFF, -1, 0x7F800001], dtype=torch.int32).view(torch.float32)
    numbers = torch.cat([torch.randn(10_000, generator=torch.Generator().manual_seed(0)), ties, -ties, odd, missing])
    bits, back = np.empty(len(numbers), np.uint16), np.empty(len(numbers), np.float32)
    there_and_back(numbers.numpy(), bits, back)
    expected = numbers.bfloat16()
    known = ~numbers.isnan()
    assert torch.equal(torch.from_numpy(bits)[known], expected.view(torch.uint16)[known])
    assert torch.equal(torch.from_numpy(back)[known], expected.float()[known])
    assert np.isnan(back[~known.numpy()]).all()


@pytest.mark.parametrize("adds", [False, True])
@pytest.mark.parametrize("channels", [3, 24, 300])
def test_a_fused_map_of_bfloat16_is_that_of_the_modules_rounded(channels: int, adds: bool) -> None:
    draws = torch.Generator().manual_seed(channels)
    norm = nn.BatchNorm2d(channels)
    nn.init.uniform_(norm.weight, -1, 2, generator=draws), nn.init.normal_(norm.bias, generator=draws)
    oracle = copy.deepcopy(norm)
    x, shortcut, gradient = (
        torch.randn(8, channels, 9, 9, generator=draws).bfloat16().contiguous(memory_format=torch.channels_last)
        for _ in range(3)
    )
    leaves = [t.clone().requires_grad_() for t in ((x, shortcut) if adds else (x,))]
    exact = [t.float().clone().requires_grad_() for t in ((x, shortcut) if adds else (x,))]
    with fused():
        y = norm_relu(norm, nn.ReLU(), *leaves)
    z = torch.relu(oracle(exact[0]) + exact[1] if adds else oracle(exact[0]))
    assert y.dtype == torch.bfloat16
    y.backward(gradient), z.backward(gradient.float())
    for mine, its in [(y, z), *((a.grad, b.grad) for a, b in zip(leaves, exact, strict=True))]:
        assert mine is not None
        assert its is not None
        assert (mine.float() - its).abs().max() <= ROUNDING * its.abs().max()
    # What is kept in float32 has no such rounding.
    for name in ("weight", "bias"):
        torch.testing.assert_close(getattr(norm, name).grad, getattr(oracle, name).grad, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(dict(norm.named_buffers()), dict(oracle.named_buffers()))


def test_second_derivatives_are_refused() -> None:
    x = torch.randn(4, 8, 5, 5).bfloat16().contiguous(memory_format=torch.channels_last).requires_grad_()
    with fused():
        y = norm_relu(nn.BatchNorm2d(8), nn.ReLU(), x)
    (first,) = torch.autograd.grad(y.float().square().sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.float().square().sum().backward()

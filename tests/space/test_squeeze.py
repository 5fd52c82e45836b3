"""Squeeze-and-excitation: where it stands, what it computes, what it costs, how it starts."""

import pytest
import torch
from conftest import walk
from torch import nn
from torch.utils.flop_counter import FlopCounterMode
from zsbench import space
from zsbench.space.superblocks.network import ConvUnit, Gate
from zsbench.train.init import INITS, initialise

MIXED = space.parse(
    "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,8,2,16,2)SuperResK1K5K1(8,16,2,12,1)SuperResIDWE2K3(16,16,1,8,1)"
    "SuperConvK1BNRELU(16,24,1,1)"
)


def counted_macs(network: nn.Module, resolution: int) -> int:
    with FlopCounterMode(display=False) as counter:
        network.eval()(torch.zeros(1, 3, resolution, resolution))
    return counter.get_total_flops() // 2


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_cost_is_that_of_the_built_network(name: str, residual: bool) -> None:
    for resolution, architecture, squeeze in zip([33, 17, 32], walk(name, 3, seed=1), [0.25, 0.25, 0.6], strict=True):
        cost = space.cost(architecture, resolution, 10, residual, squeeze=squeeze)
        network = space.build(architecture, 10, residual, squeeze=squeeze)
        assert cost.params == sum(p.numel() for p in network.parameters())
        assert cost.macs == counted_macs(network, resolution)
        bare = space.cost(architecture, resolution, 10, residual)
        assert cost.params > bare.params
        assert (cost.layers, cost.convolutions, cost.side) == (bare.layers, bare.convolutions, bare.side)


def by_hand(unit: ConvUnit, x: torch.Tensor) -> torch.Tensor:
    """A gated unit of two or three convolutions spelled out."""
    y = x
    for index, (conv, norm) in enumerate(zip(unit.convs, unit.norms, strict=True)):
        y = norm(conv(y))
        if index == len(unit.convs) - 1:
            break
        y = y.relu()
        if index == len(unit.convs) - 2:  # the last convolution reads gated channels
            first, second = unit.gate.squeeze, unit.gate.excite
            means = y.flatten(2).mean(2)
            hidden = (means @ first.weight.flatten(1).T + first.bias).relu()
            scale = 1 / (1 + torch.exp(-(hidden @ second.weight.flatten(1).T + second.bias)))
            y = y * scale[:, :, None, None]
    if unit.residual:
        y = y + (x if unit.projection is None else unit.projection(x))
    return y.relu()


@pytest.mark.parametrize("residual", [True, False])
def test_residual_units_are_gated_before_their_last_convolution(residual: bool) -> None:
    network = space.build(MIXED, 10, residual, squeeze=0.25).double().eval()
    x = torch.randn(2, 3, 16, 16, dtype=torch.float64)
    gated = []
    for unit in network.units:
        x, before = unit(x), x
        gated.append(unit.gate is not None)
        if unit.gate is not None:
            torch.testing.assert_close(x, by_hand(unit, before))
    assert gated == [False] + [True] * 6 + [False]
    widths = [unit.gate.squeeze.weight.shape[:2] for unit in network.units if unit.gate is not None]
    #                  basic: bottleneck        bottleneck's middle         inverted: expanded
    assert widths == [(4, 16), (4, 16), (3, 12), (3, 12), (4, 16), (8, 32)]


def test_without_squeeze_nothing_changes() -> None:
    torch.manual_seed(0)
    network = space.build(MIXED, 10)
    torch.manual_seed(0)
    same = space.build(MIXED, 10, squeeze=0)
    assert not any(isinstance(module, Gate) for module in same.modules())
    for (name, value), (other_name, other) in zip(network.state_dict().items(), same.state_dict().items(), strict=True):
        assert name == other_name
        assert torch.equal(value, other)


def test_copies_share_nothing_and_draw_nothing() -> None:
    before = torch.get_rng_state()
    first, second = (space.build(MIXED, 10, initialise=False, squeeze=0.25) for _ in range(2))
    assert torch.equal(before, torch.get_rng_state())
    drawn = space.build(MIXED, 10, squeeze=0.25).state_dict()
    assert {name: value.shape for name, value in first.state_dict().items()} == {n: v.shape for n, v in drawn.items()}
    pointers = {p.data_ptr() for p in first.parameters()}
    assert pointers.isdisjoint(p.data_ptr() for p in second.parameters())
    assert all(p.device.type == "cpu" for p in first.parameters())
    first.load_state_dict(drawn)
    assert first(torch.randn(2, 3, 16, 16)).isfinite().all()


def test_thin_networks_are_gated_too() -> None:
    thin = space.build(MIXED, 10, thin=True, squeeze=0.25)
    assert sum(isinstance(module, Gate) for module in thin.modules()) == 6
    assert thin(torch.randn(2, 3, 16, 16)).shape == (2, 10)


@pytest.mark.parametrize("init", INITS)
def test_gates_start_neither_shut_nor_fixed(init: str) -> None:
    wide = space.parse("SuperConvK3BNRELU(3,64,2,1)SuperResIDWE4K3(64,64,2,64,2)")
    network = space.build(wide, 10, initialise=False, squeeze=0.25)
    initialise(network, torch.Generator().manual_seed(0), init)
    scales: list[torch.Tensor] = []
    for module in network.modules():
        if isinstance(module, Gate):
            assert (module.squeeze.bias == 0).all()
            assert (module.excite.bias == 0).all()
            module.excite.register_forward_hook(lambda layer, given, result: scales.append(result.sigmoid()))
    network(torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(1))).sum().backward()
    values = torch.cat([scale.flatten() for scale in scales])
    assert 0.4 < values.mean() < 0.6
    assert ((values > 0.02) & (values < 0.98)).float().mean() > 0.8
    assert values.std() > 0.02


@pytest.mark.parametrize("ratio", [-0.25, 1.5, float("nan")])
def test_a_ratio_is_a_fraction(ratio: float) -> None:
    with pytest.raises(ValueError, match="squeeze must be from 0 to 1"):
        space.build(MIXED, 10, squeeze=ratio)


@pytest.mark.parametrize("name", ["nasbench201", "nasbench_macro"])
def test_other_families_have_none(name: str) -> None:
    architecture = space.get(name).initial()
    for call in (space.build, space.cost):
        with pytest.raises(ValueError, match="only super-block networks can have squeeze-and-excitation") as caught:
            call(architecture, squeeze=0.25)
        assert "\n" not in str(caught.value)

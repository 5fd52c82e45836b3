import pytest
import torch
from conftest import walk
from torch import nn
from zsbench import space


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_forward_and_backward(name: str, residual: bool) -> None:
    for architecture in walk(name, 3, seed=2):
        network = space.build(architecture, 7, residual)
        images = torch.randn(2, 3, 48, 48)
        logits = network(images)
        assert logits.shape == (2, 7)
        logits.sum().backward()
        assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())
        features = network.features(images)
        side = space.cost(architecture, 48).side
        assert features.shape == (2, architecture.blocks[-1].out_channels, side, side)


def by_hand(unit: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """A unit spelled out: conv, BN, ReLU, ..., shortcut added, ReLU."""
    y = x
    for index in range(len(unit.convs)):
        y = unit.norms[index](unit.convs[index](y))
        if index < len(unit.convs) - 1:
            y = y.clamp(min=0)
    if unit.residual:
        y = y + (x if unit.projection is None else unit.projection(x))
    return y.clamp(min=0)


def test_units_compute_what_they_say() -> None:
    architecture = space.parse(
        "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,8,1,8,2)SuperResK1K5K1(8,16,2,8,1)SuperResIDWE2K3(16,16,1,8,1)"
    )
    network = space.build(architecture, 10).eval()
    x = torch.randn(2, 3, 9, 9)
    for unit in network.units:
        x, expected = unit(x), by_hand(unit, x)
        torch.testing.assert_close(x, expected)


def test_shortcuts_are_projections_where_they_should_be() -> None:
    architecture = space.parse(
        "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,8,1,8,2)SuperResK1K3K1(8,8,1,8,1)SuperResK1K3K1(8,16,2,8,1)"
    )
    projected = [unit.projection is not None for unit in space.build(architecture).units]
    #           stem   basic: first always  bottleneck alike  strided: first only
    assert projected == [False, True, False, False, False, True, False]
    assert not any(unit.residual for unit in space.build(architecture, residual=False).units)


def test_batch_norm_constants() -> None:
    network = space.build(space.get("resnet").initial())
    norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
    assert {(norm.eps, norm.momentum) for norm in norms} == {(1e-3, 0.1)}


def test_building_without_initialisation_draws_nothing() -> None:
    before = torch.get_rng_state()
    network = space.build(space.get("resnet").initial(), initialise=False)
    assert torch.equal(before, torch.get_rng_state())
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_var.eq(1).all()
            assert module.running_mean.eq(0).all()


@pytest.mark.parametrize("initialise", [True, False])
@pytest.mark.parametrize("name", ["resnet", "mobilenet", "nasbench201", "nasbench_macro"])
def test_layers_are_of_the_plain_types_however_they_are_filled(name: str, initialise: bool) -> None:
    """A proxy may ask for the very type: `type(module) is nn.Conv2d`."""
    network = space.build(space.get(name).initial(), 10, initialise=initialise)
    assert {type(layer) for layer in network.layers()} == {nn.Conv2d, nn.Linear}


@pytest.mark.parametrize("name", ["resnet", "mobilenet", "nasbench201", "nasbench_macro"])
def test_stages_are_the_last_maps_of_each_stride(name: str) -> None:
    network = space.build(space.get(name).initial(), 10, thin=True).eval()
    images = torch.randn(2, 3, 64, 64)
    logits, maps = network.stages(images)
    torch.testing.assert_close(logits, network(images))
    torch.testing.assert_close(maps[max(maps)], network.features(images))
    for stride, stage in maps.items():
        assert stage.shape[2:] == (64 // stride, 64 // stride)
    x, last = images, {}
    for unit in network.units:
        x = unit(x)
        last[64 // x.shape[-1]] = x
    assert maps.keys() == last.keys()
    for stride, stage in last.items():
        torch.testing.assert_close(maps[stride], stage)

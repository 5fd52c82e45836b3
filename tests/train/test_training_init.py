"""The parameters that training starts from."""

import math

import pytest
import torch
from torch import nn
from zsbench import space
from zsbench.space import ConvUnit
from zsbench.train.init import INITS, initialise

ARCHITECTURE = space.parse("SuperConvK3BNRELU(3,64,1,1)SuperResK3K3(64,96,2,64,2)SuperConvK1BNRELU(96,512,1,1)")


def network(init: str, seed: int = 0) -> space.Network:
    built = space.build(ARCHITECTURE, num_classes=50, initialise=False)
    initialise(built, torch.Generator().manual_seed(seed), init)
    return built


@pytest.mark.parametrize("init", INITS)
def test_every_parameter_is_set_and_follows_the_generator(init: str) -> None:
    first, second, other = network(init), network(init), network(init, seed=1)
    for name, value in first.state_dict().items():
        assert torch.isfinite(value).all()
        assert torch.equal(value, second.state_dict()[name])
    assert not torch.equal(first.classifier.weight, other.classifier.weight)


def test_published_is_xavier_with_a_large_gain() -> None:
    built = network("published")
    for layer in built.layers():
        receptive = layer.weight[0, 0].numel() if isinstance(layer, nn.Conv2d) else 1
        out, into = layer.weight.shape[:2]
        std = 3.26033 * math.sqrt(2 / (receptive * (into + out)))
        assert float(layer.weight.detach().std()) == pytest.approx(std, rel=0.05)


@pytest.mark.parametrize("init", INITS)
def test_biases_are_zero_and_residual_units_start_as_their_shortcuts(init: str) -> None:
    built = network(init)
    zeroed = {unit.norms[-1] for unit in built.units if isinstance(unit, ConvUnit) and unit.residual}
    assert len(zeroed) == 2
    for module in built.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert (module.weight == (0 if module in zeroed else 1)).all()
    for name, parameter in built.named_parameters():
        if name.endswith("bias"):
            assert (parameter == 0).all()

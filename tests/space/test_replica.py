"""Modules made after a prototype against those that constructors make."""

import pytest
import torch
from conftest import walk
from torch import nn
from zsbench import space
from zsbench.space.speed.replica import copy_module

NOT_SHARED = (dict, set, torch.Tensor, nn.Module)


def attributes(module: nn.Module) -> dict[str, object]:
    return {name: value for name, value in vars(module).items() if not isinstance(value, NOT_SHARED)}


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("thin", [True, False])
@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_a_network_of_replicas_is_the_constructed_one(name: str, residual: bool, thin: bool) -> None:
    architecture = walk(name, 1, seed=3)[0]
    made = space.build(architecture, 10, residual, initialise=False, thin=thin)
    constructed = space.build(architecture, 10, residual, thin=thin)
    assert repr(made) == repr(constructed)
    for one, other in zip(made.modules(), constructed.modules(), strict=True):
        assert type(one) is type(other)
        assert attributes(one) == attributes(other)
        assert vars(one).keys() == vars(other).keys()
    made.load_state_dict(constructed.state_dict())
    images = torch.randn(2, 3, 16, 16)
    assert torch.equal(made(images), constructed(images))


def test_networks_share_nothing() -> None:
    architecture = space.get("resnet").initial()
    one, other = (space.build(architecture, 10, initialise=False) for _ in range(2))
    modules = {id(module) for module in one.modules()}
    memory = {t.data_ptr() for t in (*one.parameters(), *one.buffers())}
    assert modules.isdisjoint(id(module) for module in other.modules())
    assert memory.isdisjoint(t.data_ptr() for t in (*other.parameters(), *other.buffers()))
    for module in one.modules():
        module.register_forward_hook(lambda *_: pytest.fail("a hook of the other network"))
        module.register_forward_pre_hook(lambda *_: pytest.fail("a hook of the other network"))
        module.eval()
    other(torch.randn(2, 3, 8, 8))
    assert all(module.training for module in other.modules())
    space.build(architecture, 10, initialise=False)(torch.randn(2, 3, 8, 8))


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
def test_a_network_has_the_default_dtype_whatever_had_the_one_before(dtype: torch.dtype) -> None:
    architecture = walk("resnet", 1, seed=12)[0]
    try:
        with torch.device("meta"), torch.inference_mode():
            torch.set_default_dtype(torch.float16)
            space.build(architecture, 10, device="meta", initialise=False)
        torch.set_default_dtype(dtype)
        made, constructed = (space.build(architecture, 10, initialise=i) for i in (False, True))
    finally:
        torch.set_default_dtype(torch.float32)
    for one, other in zip(made.state_dict().items(), constructed.state_dict().items(), strict=True):
        assert (one[0], one[1].dtype, one[1].device) == (other[0], other[1].dtype, other[1].device)
        assert not one[1].is_inference()


def test_buffers_have_the_prototypes_values_and_parameters_its_shapes() -> None:
    prototype = nn.Sequential(nn.BatchNorm2d(3), nn.Conv2d(3, 2, 1))
    prototype[0].running_mean.fill_(7)
    made = copy_module(prototype)
    assert made[0].running_mean.tolist() == [7, 7, 7]
    made[0].running_mean.zero_()
    assert prototype[0].running_mean.tolist() == [7, 7, 7]
    assert made[1].weight.shape == (2, 3, 1, 1)
    assert made[1].weight.requires_grad

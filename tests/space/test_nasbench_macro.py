"""Networks of NAS-Bench-Macro: text, key, cost and network."""

import pytest
import torch
from conftest import counted, drawn, shared_table
from torch import nn
from torch.nn import functional
from zsbench import space

MACRO = space.get("nasbench_macro")


def test_text_and_architecture_are_inverse() -> None:
    found = list(MACRO.architectures())
    assert len(found) == 6_561
    assert len(set(map(str, found))) == 6_561
    assert all(space.parse(str(one)) == one for one in found)


def test_leading_zeros_may_be_missing() -> None:
    assert str(space.parse("12")) == "00000012"
    assert space.parse(" 0\n") == space.Macro(("0",) * 8)


@pytest.mark.parametrize("text", ["", "012012012", "01201203", "0120 120", "-1", "0120120a", "٠١٢", "|none~0|"])
def test_a_bad_string_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected 8 digits 0, 1 or 2, found") as error:
        MACRO.parse(text)
    assert "\n" not in str(error.value)


# Stages of 2, 3 and 3 layers: 01|234|567.
@pytest.mark.parametrize(
    ("one", "other"), [("11101102", "11110120"), ("01102000", "01120000"), ("20010101", "20001110")]
)
def test_where_an_identity_stands_in_its_stage_does_not_matter(one: str, other: str) -> None:
    assert space.parse(one) != space.parse(other)
    assert space.parse(one).key == space.parse(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("11112111", "11121111"),  # two layers that both do something
        ("11011111", "11101111"),  # the first of a stage has a convolution
        ("10111111", "11011111"),  # another stage
        ("11100111", "11101111"),  # one identity more
    ],
)
def test_other_networks_have_other_keys(one: str, other: str) -> None:
    assert space.parse(one).key != space.parse(other).key


def test_number_of_keys() -> None:
    # A stage: its first layer, and up to n − 1 layers of two kinds in a row.
    counts = [3 * sum(2**further for further in range(layers)) for layers in (2, 3, 3)]
    assert counts == [9, 21, 21]
    assert len({one.key for one in MACRO.architectures()}) == 9 * 21 * 21


def test_networks_of_one_key_compute_the_same() -> None:
    images = torch.randn(2, 3, 8, 8)
    for one, other in (("11101102", "11110120"), ("00102010", "00120001")):
        assert space.parse(one).key == (key := space.parse(other).key)
        first, second = (space.build(space.parse(text), 10).eval() for text in (one, other))
        assert list(first.state_dict()) != list(second.state_dict()), f"{key}: the same modules"
        with torch.no_grad():  # both list the parameters of the same layers, in order
            for source, target in zip(first.parameters(), second.parameters(), strict=True):
                target.copy_(source)
        torch.testing.assert_close(first(images), second(images))


def by_hand(unit: nn.Module, convolutions: int, relu_last: bool, shortcut: bool, x: torch.Tensor) -> torch.Tensor:
    """A layer spelled out; batch norms with their initial statistics."""
    layers = [module for module in unit.modules() if isinstance(module, nn.Conv2d)]
    assert len(layers) == convolutions
    y = x
    for index, layer in enumerate(layers):
        padding = layer.kernel_size[0] // 2
        y = functional.conv2d(y, layer.weight, stride=layer.stride, padding=padding, groups=layer.groups)
        y = y / (1 + 1e-5) ** 0.5
        if relu_last or index < len(layers) - 1:
            y = y.clamp(min=0)
    return x + y if shortcut else y


@pytest.mark.parametrize("residual", [True, False])
def test_a_network_computes_what_it_says(residual: bool) -> None:
    for text in ("01202101", "20100122"):
        network = space.build(space.parse(text), 7, residual).eval()
        stem, *layers, head = network.units
        images = torch.randn(2, 3, 9, 9)
        x = by_hand(stem, 1, True, False, images)
        for place, (choice, unit) in enumerate(zip(text, layers, strict=True)):
            strided = place in (0, 2, 5)
            convolutions = 3 if choice != "0" else int(strided)
            x = by_hand(unit, convolutions, False, residual and choice != "0" and not strided, x)
        x = by_hand(head, 1, True, False, x)
        assert x.shape == (2, 1280, 2, 2)
        torch.testing.assert_close(network.features(images), x)
        torch.testing.assert_close(network(images), network.classifier(x.mean((2, 3))))


def test_gradients_reach_every_parameter() -> None:
    network = space.build(space.parse("01202101"), 7)
    network(torch.randn(2, 3, 16, 16)).sum().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


@pytest.mark.parametrize("residual", [True, False])
def test_cost_is_that_of_the_built_network(residual: bool) -> None:
    cases = zip([32, 16, 33, 7, 1, 32], [*drawn("nasbench_macro", 5), space.parse("0")], strict=True)
    for resolution, architecture in cases:
        cost = space.cost(architecture, resolution, 10, residual)
        network, macs, side = counted(architecture, resolution, residual)
        assert cost.params == sum(p.numel() for p in network.parameters())
        assert cost.macs == macs
        assert cost.side == side
        assert cost.convolutions == sum(isinstance(m, nn.Conv2d) for m in network.modules())
        assert cost.layers == architecture.layers == cost.convolutions


def test_costs_are_those_of_the_published_table() -> None:
    table = shared_table("nasbench_macro", "accuracy.csv", dtype={"arch": str})  # without leading zeros
    assert len({space.parse(text) for text in table.arch}) == len(table) == 6_561
    costs = [space.cost(space.parse(text), 32, 10) for text in table.arch]
    assert [cost.params for cost in costs] == table.params.tolist()
    assert [cost.macs for cost in costs] == table.flops.tolist()

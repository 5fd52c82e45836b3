import pytest
import torch
from conftest import counted, golden, walk
from zsbench import space


@pytest.mark.parametrize("residual", [True, False])
@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_cost_is_that_of_the_built_network(name: str, residual: bool) -> None:
    # An odd side tells whether rounding at strides agrees.
    for resolution, architecture in zip([32, 33, 64, 17, 7, 48], walk(name, 6), strict=True):
        cost = space.cost(architecture, resolution, 10, residual)
        network = space.build(architecture, 10, residual, initialise=False)
        assert cost.params == sum(p.numel() for p in network.parameters())
        if residual:
            assert space.params(architecture, 10) == cost.params
        assert cost.macs == counted(architecture, resolution, residual)[1]
        assert cost.side == network.eval().features(torch.zeros(1, 3, resolution, resolution)).shape[-1]
        assert cost.convolutions == sum(len(unit.convs) for unit in network.units)
        assert cost.layers == sum(block.layers for block in architecture.blocks)


@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_cost_meets_the_golden_values(name: str) -> None:
    for row in golden(name):
        architecture = space.parse(row["architecture"])
        cost = space.cost(architecture, row["resolution"], row["num_classes"])
        assert (cost.params, cost.macs, cost.layers) == (row["params"], row["macs"], row["layers"])
        plain = space.cost(architecture, row["resolution"], row["num_classes"], residual=False)
        assert plain.params == row["params_plain"]
        assert str(space.split(architecture)) == row["after_split"]


@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_golden_macs_are_half_of_the_flop_counter(name: str) -> None:
    for row in golden(name):
        architecture = space.parse(row["architecture"])
        _, macs, _ = counted(architecture, row["resolution"], residual=True, num_classes=row["num_classes"])
        assert macs == row["macs"]

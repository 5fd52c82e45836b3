"""Any module as an architecture: identity, costs, features."""

from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional
from zsbench import space


def convolutional(channels: int = 3, width: int = 8, num_classes: int = 5) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(channels, width, 3, padding=1),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(0.5),
        nn.Linear(width, num_classes),
    )


def test_the_text_tells_networks_apart() -> None:
    one = space.model(convolutional, (3, 8, 8))
    assert str(one).startswith("model:convolutional@")
    assert space.model(convolutional, (3, 8, 8)) == one
    others = [
        space.model(lambda: convolutional(width=9), (3, 8, 8), name="convolutional"),
        space.model(convolutional, (3, 16, 16)),
        space.model(convolutional, (3, 8, 8), num_classes=7),
    ]
    assert len({one, *others}) == 4
    with pytest.raises(ValueError, match="cannot be made from its name"):
        space.parse(str(one))


def test_costs_are_counted() -> None:
    model = space.model(convolutional, (3, 8, 8))
    cost = space.cost(model, 8, 5)
    assert cost.params == sum(p.numel() for p in convolutional().parameters()) == space.params(model, 5)
    assert cost.macs == 3 * 9 * 8 * 64 + 8 * 5
    assert (cost.layers, cost.convolutions, cost.side, model.layers) == (2, 1, 8, 2)


def test_attention_is_counted() -> None:
    class Attends(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
            self.head = nn.Linear(8, 3)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.head(self.attention(x, x, x)[0].mean(1))

    # Four projections of 8 × 8 and two products of 8 numbers for each pair of 4 tokens; the classifier.
    assert space.cost(space.model(Attends, (4, 8)), 8, 3).macs == 4 * 4 * 64 + 2 * 16 * 8 + 24


def test_a_module_that_needs_memory_is_counted_too() -> None:
    class Reads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = nn.Linear(4, int(torch.tensor(3.0).item()))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.linear(x) * float(x.abs().sum().item() >= 0)

    before = torch.random.get_rng_state()
    assert space.cost(space.model(Reads, (4,)), 4, 3).macs == 12
    assert torch.equal(torch.random.get_rng_state(), before)


def test_features_are_the_map_before_pooling() -> None:
    network = space.build(space.model(convolutional, (3, 8, 8))).eval()
    x = torch.randn(2, 3, 8, 8)
    assert torch.equal(network.features(x), network.module[:3](x))
    assert network.classifier is network.module[6]


class Functional(nn.Module):
    """Pools, and works in place, by functions."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.head = nn.Conv2d(3, 6, 3), nn.Linear(6, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = functional.relu(self.body(x), inplace=True)
        return self.head(x.mean((2, 3)))


class Flat(nn.Module):
    """No pooling, but features of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Sequential(nn.Conv2d(3, 6, 3), nn.ReLU())
        self.head = nn.Linear(6 * 36, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(x).view(len(x), -1))


class Excited(nn.Module):
    """Pools to excite, then by a concatenation that is no mean."""

    def __init__(self) -> None:
        super().__init__()
        self.body, self.gate, self.head = nn.Conv2d(3, 6, 3), nn.Conv2d(6, 6, 1), nn.Linear(12, 4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.body(x)
        x = x * self.gate(x.mean((2, 3), keepdim=True)).sigmoid()
        return self.head(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1))


def test_features_of_other_ways_to_pool() -> None:
    x = torch.randn(2, 3, 8, 8)
    network = space.build(space.model(Functional, (3, 8, 8)))
    assert torch.equal(network.features(x), functional.relu(network.module.body(x)))
    network = space.build(space.model(Flat, (3, 8, 8)))
    assert torch.equal(network.features(x), network.module.features(x))
    with pytest.raises(space.NotDefinedError, match="its features are not known"):
        space.build(space.model(Excited, (3, 8, 8))).features(x)
    with pytest.raises(space.NotDefinedError, match="its blocks are not known"):
        _ = network.units


@pytest.mark.parametrize(
    ("source", "shape", "classes", "said"),
    [
        (convolutional, (1, 8, 8), None, r"no pass of an input of shape \(1, 8, 8\)"),
        (lambda: convolutional(), (3, 8, 8), 7, "gives 5 logits for an input, not num_classes=7"),
        (nn.Identity, (3,), None, "has no parameters"),
        (lambda: 3, (3,), None, "made a int, not a torch.nn.Module"),
        (nn.Conv2d(3, 4, 3), (3, 8, 8), None, r"returns \(2, 4, 6, 6\), not logits"),
        (3, (3,), None, "3 is neither an architecture, nor a torch.nn.Module"),
        (convolutional, (0, 8, 8), None, "the shape of one input"),
    ],
)
def test_what_is_wrong_is_said(source: Any, shape: tuple[int, ...], classes: int | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        space.model(source, shape, classes)


def test_norms_that_do_more_are_made_neutral() -> None:
    class NormAct(nn.BatchNorm2d):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return super().forward(x).relu()

    network = nn.Sequential(nn.Conv2d(3, 4, 1), NormAct(4), nn.BatchNorm2d(4))
    space.remove_norms(network)
    x = torch.randn(2, 3, 5, 5)
    assert torch.equal(network.eval()(x), network[0](x).relu())

"""Cells of NAS-Bench-201: text, key, cost and network."""

from itertools import pairwise, permutations

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import counted, drawn, shared_table
from torch import nn
from torch.nn import functional
from zsbench import space
from zsbench.space.nasbench201.cell import EDGES, KERNELS
from zsbench.space.nasbench201.network import CellUnit

NASBENCH201 = space.get("nasbench201")
LETTERS = {"n": "none", "s": "skip_connect", "1": "nor_conv_1x1", "3": "nor_conv_3x3", "a": "avg_pool_3x3"}
EMPTY = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|"


def cell(letters: str) -> space.Cell:
    """A cell from one letter an edge: 0→1, 0→2, 1→2, 0→3, 1→3, 2→3."""
    return space.Cell(tuple(LETTERS[letter] for letter in letters.replace(" ", "")))


def table(name: str) -> pd.DataFrame:
    return shared_table("nasbench201", name)


def test_text_and_cell_are_inverse() -> None:
    cells = list(NASBENCH201.architectures())
    assert len(cells) == 15_625
    assert len(set(map(str, cells))) == 15_625
    assert all(space.parse(str(one)) == one for one in cells)
    assert str(cell("s n1 as3")) == (
        "|skip_connect~0|+|none~0|nor_conv_1x1~1|+|avg_pool_3x3~0|skip_connect~1|nor_conv_3x3~2|"
    )
    assert space.parse(f"  {EMPTY}\n") == cell("n nn nnn")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("|none~0|", r"three nodes joined by \+, .*; found 1"),
        (f"{EMPTY}+|none~0|", "three nodes .* found 4"),
        (EMPTY[:-1], r"node 3: expected \|op~0\|op~1\|op~2\|, found"),
        (EMPTY.replace("+|", "+", 1), r"node 2: expected \|op~0\|op~1\|, found"),
        (f"|{EMPTY}", r"node 1: expected \|op~0\|, found"),
        (EMPTY.replace("|none~2", ""), r"node 3: expected \|op~0\|op~1\|op~2\|, found"),
        (EMPTY.replace("|none~0|+", "|none~0|none~1|+", 1), r"node 1: expected \|op~0\|, found"),
        (EMPTY.replace("none~2", "none"), "node 3, edge 3: expected op~2, found 'none'"),
        (EMPTY.replace("none~2", "none~1"), "node 3, edge 3: expected op~2, found 'none~1'"),
        (EMPTY.replace("none~1", "none~²", 1), "node 2, edge 2: expected op~1, found 'none~²'"),
        (EMPTY.replace("none~1", "~1", 1), "node 2: unknown operation ''"),
        (
            EMPTY.replace("none~1", "nor_conv_5x5~1", 1),
            "node 2: unknown operation 'nor_conv_5x5'; there are: none, skip",
        ),
        (EMPTY.replace("none~1", "x" * 1_000_000), "node 2, edge 2: expected op~1, found 'x"),
    ],
)
def test_a_bad_string_is_refused_at_its_place(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        space.parse(text)
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 300


def test_a_cell_is_no_text_of_another_family() -> None:
    for text in ("12012012", "SuperConvK3BNRELU(3,8,1,1)", ""):
        with pytest.raises(ValueError, match=r"three nodes|an index is at most"):
            NASBENCH201.parse(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("n 3n s1a", "3 nn sa1"),  # the two inner nodes change places
        ("3 1n nas", "1 3n nsa"),  # likewise, with both in use
        ("s n3 nn1", "n 3n nn1"),  # a skip from the input is the input
        ("3 ns nn1", "3 nn n1n"),  # a skip behind a convolution is that convolution
        ("s ns nns", "n nn snn"),  # nothing but skips
        ("n n3 1nn", "n nn 1nn"),  # an operation on nothing is nothing
        ("3 nn 1nn", "n nn 1nn"),  # a branch that ends before the output
        ("a 31 nnn", "n nn nnn"),  # nothing reaches the output
        ("3 3s nnn", "n nn nnn"),
    ],
)
def test_one_network_has_one_key(one: str, other: str) -> None:
    assert cell(one) != cell(other)
    assert cell(one).key == cell(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 ns nss", "3 3n nss"),  # a convolution used twice, or two that are summed
        ("3 ns n1a", "3 3n n1a"),  # likewise, behind other operations
        ("n nn 1nn", "n nn 3nn"),  # kernels differ
        ("s nn ssn", "n nn snn"),  # the input twice, or once
        ("1 n3 nns", "3 n1 nns"),  # order of the convolutions
        ("n nn ann", "a na nns"),  # pooled once or twice
        ("n nn snn", "n nn nnn"),
    ],
)
def test_other_networks_have_other_keys(one: str, other: str) -> None:
    assert cell(one).key != cell(other).key


# All ways to give so many convolutions different names of six.
NAMINGS = [np.array(list(permutations(range(len(EDGES)), count))) for count in range(len(EDGES) + 1)]


def fingerprint(architecture: space.Cell) -> float:
    """What the cell makes of a number, with a function of its own in place of each convolution; 0 if it does nothing.

    Which function stands for which convolution is a matter of names: the smallest result over all ways to name them.
    """
    convolutions = [place for place, operation in enumerate(architecture.operations) if operation in KERNELS]
    names = NAMINGS[len(convolutions)]
    name_of = {place: names[:, index] for index, place in enumerate(convolutions)}
    nodes = [np.full(len(names), 0.7)]
    for node in (1, 2, 3):
        total = np.zeros(len(names))
        for place, (target, source) in enumerate(EDGES):
            if target == node:
                operation, x = architecture.operations[place], nodes[source]
                if operation in KERNELS:
                    kernel, name = KERNELS[operation], name_of[place]
                    total += np.sqrt(kernel + 0.3) * x + np.sqrt(name + 2) * np.log(kernel + 1) * x**2
                elif operation == "avg_pool_3x3":
                    total += 0.61 * x - 0.47 * x**2
                elif operation == "skip_connect":
                    total += x
        nodes.append(total)
    return float(nodes[3].min())


def test_equal_keys_are_equal_functions_over_the_whole_space() -> None:
    found: dict[object, list[float]] = {}
    for architecture in NASBENCH201.architectures():
        found.setdefault(architecture.key, []).append(fingerprint(architecture))
    assert len(found) == 5_260
    assert max(max(values) - min(values) for values in found.values()) < 1e-12
    distinct = sorted(values[0] for values in found.values())
    assert min(after - before for before, after in pairwise(distinct)) > 1e-9


def alike(architecture: space.Cell, x: torch.Tensor) -> torch.Tensor:
    """The built cell's result where all convolutions of one kernel have the same weights."""
    unit = CellUnit(architecture, x.shape[1]).double().eval()
    for module in unit.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.normal_(module.weight, generator=torch.Generator().manual_seed(module.kernel_size[0]))
    return unit(x)


def test_built_cells_of_one_key_compute_the_same() -> None:
    x = torch.randn(2, 4, 5, 5, dtype=torch.float64)
    of_key: dict[object, list[space.Cell]] = {}
    for architecture in drawn("nasbench201", 3000):
        of_key.setdefault(architecture.key, []).append(architecture)
    pairs = [cells[:2] for cells in of_key.values() if len(set(cells[:2])) == 2]
    assert len(pairs) > 30
    for one, other in pairs[:30]:
        torch.testing.assert_close(alike(one, x), alike(other, x))


def by_hand(unit: CellUnit, operations: tuple[str, ...], x: torch.Tensor) -> torch.Tensor:
    """A cell spelled out: each node the sum of what its edges give; batch norms with their initial statistics."""
    nodes = [x]
    for node in (1, 2, 3):
        total = torch.zeros_like(x)
        for (target, source), operation, module in zip(EDGES, operations, unit.edges, strict=True):
            if target != node or operation == "none":
                continue
            term = nodes[source]
            if operation in KERNELS:
                term = functional.conv2d(term.clamp(min=0), module[1].weight, padding=KERNELS[operation] // 2)
                term = term / (1 + 1e-5) ** 0.5
            elif operation == "avg_pool_3x3":  # the mean of those of nine pixels that there are
                ones = torch.ones(x.shape[1], 1, 3, 3)
                sums, counts = (
                    functional.conv2d(t, ones, padding=1, groups=x.shape[1]) for t in (term, torch.ones_like(term))
                )
                term = sums / counts
            total = total + term
        nodes.append(total)
    return nodes[3]


def test_a_cell_computes_what_it_says() -> None:
    x = torch.randn(2, 4, 5, 5)
    for architecture in [*drawn("nasbench201", 20, seed=1), cell("a 3s 1an"), cell("n nn nnn")]:
        unit = CellUnit(architecture, 4).eval()
        torch.testing.assert_close(unit(x), by_hand(unit, architecture.operations, x))


@pytest.mark.parametrize("residual", [True, False])
def test_the_network_around_the_cells(residual: bool) -> None:
    """Stem, reductions and head, of a network whose cells do nothing."""
    network = space.build(cell("n nn snn"), 7, residual).eval()
    images = torch.randn(2, 3, 9, 9)
    stem, *middle, _ = network.units
    x = functional.conv2d(images, stem[0].weight, padding=1) / (1 + 1e-5) ** 0.5
    reductions = [unit for unit in middle if not isinstance(unit, CellUnit)]
    assert [middle.index(unit) for unit in reductions] == [5, 11]
    assert len(middle) == 17
    for unit in reductions:
        y = x
        for index, stride in enumerate((2, 1)):
            y = functional.conv2d(y.clamp(min=0), unit.body[index][1].weight, stride=stride, padding=1)
            y = y / (1 + 1e-5) ** 0.5
        if residual:
            pooled = functional.avg_pool2d(x, 2, ceil_mode=True)
            y = y + functional.conv2d(pooled, unit.shortcut[1].weight)
        x = y
    x = (x / (1 + 1e-5) ** 0.5).clamp(min=0)
    assert x.shape == (2, 64, 3, 3)
    torch.testing.assert_close(network.features(images), x)
    torch.testing.assert_close(network(images), network.classifier(x.mean((2, 3))))


def test_gradients_reach_every_parameter() -> None:
    for architecture in (cell("1 3a s1n"), cell("n nn nnn")):
        network = space.build(architecture, 7)
        network(torch.randn(2, 3, 8, 8)).sum().backward()
        assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


@pytest.mark.parametrize("residual", [True, False])
def test_cost_is_that_of_the_built_network(residual: bool) -> None:
    cells = [*drawn("nasbench201", 5, seed=3), cell("n nn nnn")]
    for resolution, architecture in zip([32, 16, 33, 7, 1, 32], cells, strict=True):
        cost = space.cost(architecture, resolution, 10, residual)
        assert not residual or space.params(architecture, 10) == cost.params
        network, macs, side = counted(architecture, resolution, residual)
        assert cost.params == sum(p.numel() for p in network.parameters())
        assert cost.macs == macs
        assert cost.side == side
        shortcuts = 2 if residual else 0
        assert cost.convolutions == sum(isinstance(m, nn.Conv2d) for m in network.modules()) - shortcuts
        assert cost.layers == architecture.layers == cost.convolutions


DATA_SETS = {"cifar10": (32, 10), "cifar100": (32, 100), "ImageNet16-120": (16, 120)}  # resolution, classes


def test_parameters_are_those_of_the_published_suite() -> None:
    suite = table("suite_zero_sample.csv")
    assert set(suite.dataset) == set(DATA_SETS)
    for row in suite.itertuples():
        cost = space.cost(space.parse(row.architecture), *DATA_SETS[row.dataset])
        assert row.params == cost.params / 1e6


def suite_extras(architecture: space.Cell, side: int) -> int:
    """What the suite's FLOPs count beside multiply-adds.

    Each number that a ReLU gives counts once and each that a batch norm gives twice; a pooled number counts as often as
    its window has pixels, where the global pooling's has one more a side than there are.
    """
    convolutions = sum(operation in KERNELS for operation in architecture.operations)
    pools = architecture.operations.count("avg_pool_3x3")
    elements = 16 * side**2  # of a map of the first stage; halved in each later one
    cells = 5 * (elements + elements // 2 + elements // 4) * (3 * convolutions + 9 * pools)
    extras = 2 * elements + cells  # stem, cells
    for before in (elements, elements // 2):
        after = before // 2
        extras += (before + 2 * after) + 3 * after  # ReLU, norm; ReLU, norm
        extras += 4 * before // 4  # the shortcut's pooling
    return extras + 3 * elements // 4 + 64 * (side // 4 + 1) ** 2


def test_flops_of_the_published_suite_are_our_macs_and_what_it_counts_beside_them() -> None:
    assert suite_extras(cell("n nn nnn"), 32) == 160_832
    assert suite_extras(cell("n nn 3nn"), 32) - 160_832 == 3 * 143_360
    assert suite_extras(cell("n nn ann"), 32) - 160_832 == 9 * 143_360
    for row in table("suite_zero_sample.csv").itertuples():
        architecture = space.parse(row.architecture)
        side, classes = DATA_SETS[row.dataset]
        expected = space.cost(architecture, side, classes).macs + suite_extras(architecture, side)
        assert row.flops * 1e6 == pytest.approx(expected, abs=5)  # eight digits


def test_cells_of_one_key_are_equally_accurate() -> None:
    """Within the noise of training: of the 15,625 cells three trainings went wrong."""
    accuracy = table("accuracy.csv")
    accuracy["key"] = [space.parse(text).key for text in accuracy.architecture]
    deviation = (accuracy.cifar100 - accuracy.groupby("key").cifar100.transform("median")).abs()
    assert (deviation > 3).sum() <= 3  # percent points
    assert deviation.std() < 0.3

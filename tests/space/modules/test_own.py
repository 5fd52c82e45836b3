"""Spaces that users define."""

from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import nn
from zsbench import search_space, space


@pytest.fixture(autouse=True)
def _spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zsbench.space.spaces.SPACES", dict(space.SPACES))
    monkeypatch.setattr("zsbench.space.SPACES", space.spaces.SPACES)


def linear(width: int, classes: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, width, 3), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, classes)
    )


def functions(**other: Any) -> SimpleNamespace:
    def build(architecture: Any, num_classes: int) -> nn.Module:
        return linear(architecture[0], num_classes)

    def mutate(architecture: Any, rng: Random) -> Any:
        architecture[0] = rng.choice((2, 4, 8))  # in place: it is a copy
        return architecture

    return SimpleNamespace(**{"initial": lambda: [2], "mutate": mutate, "build": build, **other})


def own(**other: Any) -> space.OwnSpace:
    rules = functions(**other)
    return space.OwnSpace("mine", rules, (1, 8, 8), 10)


def test_an_architecture_is_read_back_from_its_text() -> None:
    within = own()
    architecture = within.initial()
    assert str(architecture) == "mine:[2]"
    assert within.parse("mine:[2]") == within.parse(" [2] ") == architecture
    assert hash(within.parse("[2]")) == hash(architecture)
    assert within.starting_from("[8]").initial() == within.parse("[8]")


def test_a_mutation_leaves_its_parent_as_it_is() -> None:
    within = own()
    parent, rng = within.initial(), Random(0)
    children = {str(within.child(parent, rng)) for _ in range(30)}
    assert children == {"mine:[2]", "mine:[4]", "mine:[8]"}
    assert parent.genotype == [2]
    assert [str(within.random(Random(3)))] * 2 == [str(within.random(Random(3))) for _ in range(2)]


def test_texts_and_objects_are_architectures_too() -> None:
    words = own(initial=lambda: "2-4", mutate=lambda a, rng: a + "-8", build=lambda a: linear(2, 10))
    assert str(words.child(words.initial(), Random(0))) == "mine:2-4-8"

    class Width:
        def __init__(self, n: int):
            self.n = n

        def __str__(self) -> str:
            return f"w{self.n}"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Width) and self.n == other.n

        __hash__ = None  # type: ignore[assignment]

    objects = own(
        initial=lambda: Width(3), mutate=lambda a, rng: Width(a.n + 1), parse=lambda text: Width(int(text[1:]))
    )
    assert str(objects.child(objects.initial(), Random(0))) == "mine:w4"
    with pytest.raises(space.SpaceError, match="cannot be read back"):
        own(initial=lambda: Width(3))


def test_cost_is_counted_on_the_module() -> None:
    within = own()
    architecture = within.parse("[4]")
    network = linear(4, 10)
    cost = space.cost(architecture, 8, 10)
    assert cost.params == sum(p.numel() for p in network.parameters()) == space.params(architecture, 10)
    assert cost.macs == 36 * 9 * 4 + 4 * 10
    assert cost.layers == architecture.layers == 2
    assert space.cost(architecture, 16, 10).macs == 14 * 14 * 9 * 4 + 4 * 10
    with pytest.raises(space.SpaceError, match="build gives 10 logits, not num_classes=7"):
        space.cost(own(build=lambda a: linear(a[0], 10)).parse("[4]"), 8, 7)


def test_a_cost_of_its_own_is_taken() -> None:
    told = own(cost=lambda a, num_classes: {"params": 7 * num_classes, "macs": 3, "layers": 2})
    assert space.cost(told.initial(), 8, 5) == space.Cost(35, 3, 2, 0, 0)
    assert space.params(told.initial(), 5) == 35
    with pytest.raises(space.SpaceError, match="cost gave 3, not a mapping"):
        space.cost(own(cost=lambda a: 3).initial(), 8, 5)


def test_a_network_is_built_with_the_classes_asked_for() -> None:
    network = space.build(own().parse("[4]"), num_classes=5)
    assert network(torch.zeros(2, 1, 8, 8)).shape == (2, 5)
    assert network.features(torch.zeros(2, 1, 8, 8)).shape == (2, 4, 6, 6)


def test_shortcuts_are_left_out_where_the_function_can() -> None:
    asked = []

    def build(architecture: Any, num_classes: int, residual: bool) -> nn.Module:
        asked.append(residual)
        return linear(2, num_classes)

    space.build(own(build=build).initial(), residual=False)
    assert asked[-1] is False
    assert own(build=build).initial().can_be_plain
    assert not own().initial().can_be_plain


def test_an_error_names_the_function_and_its_line() -> None:
    def mutate(architecture: Any, rng: Random) -> Any:
        raise KeyError("width")

    with pytest.raises(space.SpaceError, match=r"space 'mine': mutate: KeyError: 'width' \(test_own.py:\d+\)"):
        own(mutate=mutate).child(own().initial(), Random(0))
    with pytest.raises(space.SpaceError, match=r"build gave a int, not a torch\.nn\.Module"):
        space.build(own(build=lambda a: 3).initial())


def test_a_class_is_a_space() -> None:
    @search_space("decorated", input=(1, 8, 8), num_classes=4)
    class Decorated:
        def initial(self) -> tuple[int, ...]:
            return (2,)

        def mutate(self, architecture: tuple[int, ...], rng: Random) -> tuple[int, ...]:
            return (rng.choice((2, 4)),)

        def build(self, architecture: tuple[int, ...], num_classes: int) -> nn.Module:
            return linear(architecture[0], num_classes)

    within = space.get("decorated")
    assert within.num_classes == 4
    assert within.resolution == 8
    assert space.parse("decorated:(4,)") == within.parse("(4,)")
    with pytest.raises(ValueError, match="registered already"):
        search_space("resnet")(Decorated)
    with pytest.raises(ValueError, match="no function mutate, build"):
        search_space("half")(type("Half", (), {"initial": lambda self: 0}))
    with pytest.raises(ValueError, match="unknown space 'nowhere'"):
        space.parse("nowhere:(4,)")


def test_the_version_is_that_of_the_file(tmp_path: Path) -> None:
    from zsbench import proxies

    path = tmp_path / "filed.py"
    text = (
        "from torch import nn\nname = 'filed'\ninitial = lambda: 1\nmutate = lambda a, rng: a + 1\n"
        "build = lambda a: nn.Linear(3, 10)\n"
    )
    versions = []
    for content in (text, text + "# another\n"):
        path.write_text(content)
        space.add_functions(proxies.run_file(path), "filed")
        versions.append(space.get("filed").version)  # type: ignore[attr-defined]
    assert len(set(versions)) == 2

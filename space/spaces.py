"""The search spaces by name."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import TypeVar

from ..names import unknown_name
from .base import AnySpace
from .choices import ChoiceSpace
from .modules.own import OwnSpace, is_space, own_space
from .nasbench201.cell import EDGES, OPERATIONS, Cell
from .nasbench_macro import CHOICES, LAYERS, Macro
from .superblocks.space import SuperBlockSpace
from .superblocks.structure import KINDS

SPACES: dict[str, AnySpace] = {
    space.name: space
    for space in (
        SuperBlockSpace(
            name="resnet",
            start="SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,1,8,1)SuperResK3K3(16,32,2,16,1)"
            "SuperResK3K3(32,64,2,32,1)SuperResK3K3(64,64,2,32,1)SuperConvK1BNRELU(64,128,1,1)",
            choices=tuple(name for name, kind in KINDS.items() if kind.family in ("basic", "bottleneck")),
            max_channels=2048,
            fixed_head=False,
            resolution=32,
            num_classes=100,
        ),
        SuperBlockSpace(
            name="mobilenet",
            start="SuperConvK3BNRELU(3,8,2,1)SuperResIDWE6K3(8,32,2,8,1)SuperResIDWE6K3(32,48,2,32,1)"
            "SuperResIDWE6K3(48,96,2,48,1)SuperResIDWE6K3(96,128,2,96,1)SuperConvK1BNRELU(128,2048,1,1)",
            choices=tuple(name for name, kind in KINDS.items() if kind.family == "inverted"),
            max_channels=65_536,  # as many as a structure string may have, so in practice no limit
            fixed_head=True,
            resolution=224,
            num_classes=1000,
        ),
        ChoiceSpace(
            name="nasbench201",
            start=str(Cell(("skip_connect",) * len(EDGES))),
            choices=OPERATIONS,
            places=len(EDGES),
            architecture=Cell,
            read=Cell.parse,
            resolution=32,
            num_classes=10,
        ),
        ChoiceSpace(
            name="nasbench_macro",
            start="1" * LAYERS,
            choices=CHOICES,
            places=LAYERS,
            architecture=Macro,
            read=Macro.parse,
            resolution=32,
            num_classes=10,
        ),
    )
}


def get(name: str) -> AnySpace:
    """Look up a space by its name. The ValueError for an unknown name lists the names."""
    if name not in SPACES:
        raise ValueError(unknown_name("space", name, SPACES))
    return SPACES[name]


T = TypeVar("T")


def search_space(
    name: str, *, input: Sequence[int] | None = None, num_classes: int | None = None
) -> Callable[[type[T]], type[T]]:
    """Register a class as the space `name`; see `OwnSpace` for its methods.

    `input` is the shape of one input, such as (3, 32, 32), the default. Raises ValueError for a class that is no space
    or a name that another space holds.
    """

    def register(rules: type[T]) -> type[T]:
        _add(own_space(name, rules(), input, num_classes))
        return rules

    return register


def add_functions(module: ModuleType, name: str) -> None:
    """Register the functions of a module as a space, if they are one: under the module's `name`, or else this one."""
    if is_space(module):
        _add(own_space(getattr(module, "name", name), module, None, None))


def _add(within: OwnSpace) -> None:
    known = SPACES.get(within.name)
    # A file that is loaded twice, or a notebook's cell that is run again, may register again.
    if known is not None and (not isinstance(known, OwnSpace) or _origin(known) != _origin(within)):
        raise ValueError(f"space {within.name!r} is registered already; choose another name")
    SPACES[within.name] = within


def _origin(within: OwnSpace) -> str:
    rules = within.rules if isinstance(within.rules, ModuleType) else type(within.rules)
    return f"{getattr(rules, '__module__', '')}.{rules.__name__}"

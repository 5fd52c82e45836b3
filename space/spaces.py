"""The search spaces by name."""

from ..names import unknown_name
from .base import AnySpace
from .choices import ChoiceSpace
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

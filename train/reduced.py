"""A smaller stand-in for an architecture, for recipes that save time by it."""

from .. import space
from .recipe import RecipeError

MULTIPLE = 8  # channels of the super-block spaces are multiples of it


def narrowed(architecture: space.Architecture, width: float) -> space.Architecture:
    """The architecture with that fraction of its channels, in multiples of 8, 8 at least; RecipeError if it has none.

    Kinds of block, depths and strides stay.
    """
    if width == 1:
        return architecture
    if not isinstance(architecture, space.Structure):
        raise RecipeError(f"a recipe with `width` {width} is for structure strings only")

    def scaled(channels: int) -> int:
        return max(MULTIPLE, round(channels * width / MULTIPLE) * MULTIPLE)

    def block(given: space.Block, first: bool) -> space.Block:
        return given._replace(
            in_channels=given.in_channels if first else scaled(given.in_channels),
            out_channels=scaled(given.out_channels),
            bottleneck=scaled(given.bottleneck) if given.residual else 0,
        )

    return space.Structure(tuple(block(given, index == 0) for index, given in enumerate(architecture.blocks)))

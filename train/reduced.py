"""Narrow an architecture, for recipes that save time by training a smaller network."""

from .. import space
from .recipe import RecipeError

CHANNEL_MULTIPLE = 8  # channels of the super-block spaces are multiples of it


def narrow(architecture: space.Architecture, width: float) -> space.Architecture:
    """Keep the fraction `width` of the channels, rounded to multiples of 8, at least 8.

    Kinds of block, depths and strides stay the same. RecipeError if the architecture is no structure string.
    """
    if width == 1:
        return architecture
    if not isinstance(architecture, space.Structure):
        raise RecipeError(f"the recipe narrows networks (`width` {width}), which works for structure strings only")

    def scale(channels: int) -> int:
        return max(CHANNEL_MULTIPLE, round(channels * width / CHANNEL_MULTIPLE) * CHANNEL_MULTIPLE)

    def block(given: space.Block, first: bool) -> space.Block:
        return given._replace(
            in_channels=given.in_channels if first else scale(given.in_channels),
            out_channels=scale(given.out_channels),
            bottleneck=scale(given.bottleneck) if given.residual else 0,
        )

    return space.Structure(tuple(block(given, index == 0) for index, given in enumerate(architecture.blocks)))

"""Closed-form scores of the plain network: effectiveness and entropy.

Sources: Shen et al., "DeepMAD", 2023; Nguyen and Han, "Incorporated-Score", 2024. The network is cut into stages. A
stage ends before each strided block (but not before the first block), and after the last block. All sums run from the
input to the end of a stage.
"""

import math
import statistics
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from ..conv import side_after
from ..errors import NotDefinedError
from .layers import units
from .structure import KINDS, Block, Structure


class Stage(NamedTuple):
    """Sums from the input to the end of one stage, and the feature map there."""

    convolutions: int  # L_s
    log_width: float  # Σ over units of ln w_u, w_u = Π over the unit's convolutions of c_in·k²/groups
    channels: int  # C_s
    side: int  # r_s, pixels


@lru_cache(maxsize=1 << 16)
def _log_width(block: Block) -> tuple[int, float]:
    convs = [conv for unit in units(block) for conv in unit.convs]
    return len(convs), math.fsum(math.log(conv.fan_in) for conv in convs)


def stages(architecture: Any, resolution: int = 32) -> Iterator[Stage]:
    """The stages of a super-block structure on images of `resolution` pixels. Raises ValueError for other families."""
    if not isinstance(architecture, Structure):
        raise NotDefinedError("effectiveness and entropy are defined for super-block structures only")
    convolutions, log_width, side = 0, 0.0, resolution
    for index, block in enumerate(architecture.blocks):
        if index and block.stride > 1:
            yield Stage(convolutions, log_width, block.in_channels, side)
        count, logs = _log_width(block)
        convolutions += count
        log_width += logs
        side = side_after(side, block.stride)
    yield Stage(convolutions, log_width, architecture.blocks[-1].out_channels, side)


def effectiveness(architecture: Any) -> float:
    """ρ = max over stages of L_s / exp(Σ ln w_u / L_s): depth against the geometric mean width. Dimensionless."""
    return max(s.convolutions / math.exp(s.log_width / s.convolutions) for s in stages(architecture))


def depth_penalty(architecture: Structure) -> float:
    """P = 10·exp(std D), D = numbers of units of the residual blocks, without the leading ones (see `_penalised`)."""
    counts = [len(units(block)) for block in _penalised(architecture)]
    try:
        return 10 * math.exp(statistics.pstdev(counts) if counts else 0.0)
    except OverflowError:
        return math.inf


def _penalised(architecture: Structure) -> list[Block]:
    """The residual blocks whose depths count: not a leading bottleneck and its successor, nor a leading basic one."""
    blocks = [block for block in architecture.blocks if block.residual]
    dropped = {"bottleneck": 2, "basic": 1, "inverted": 0}
    return blocks[dropped[KINDS[blocks[0].kind].family] :] if blocks else []


def entropy(architecture: Any, resolution: int = 32) -> float:
    """H = Σ_s (ln C_s + 2·ln r_s)·Σ_u ½·ln w_u − P, in nats; negative if the penalty for uneven depths exceeds it."""
    total = math.fsum(
        (math.log(s.channels) + 2 * math.log(s.side)) * 0.5 * s.log_width for s in stages(architecture, resolution)
    )
    return total - depth_penalty(architecture)

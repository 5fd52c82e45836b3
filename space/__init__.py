"""Search spaces: what an architecture is, what it costs, how it is built and mutated."""

from .base import Space, draw_below
from .conv import IMAGE_CHANNELS
from .cost import Cost
from .families import Architecture, build, cost, params, parse
from .nasbench201.cell import Cell
from .nasbench_macro import Macro
from .network import Network, remove_norms
from .spaces import SPACES, get
from .speed.fusion import fused
from .superblocks.analytic import depth_penalty, effectiveness, entropy
from .superblocks.cost import block_cost
from .superblocks.latency import LatencyTable, Layer, Point, layer_points, layers_met
from .superblocks.network import ConvUnit
from .superblocks.pieces import Piece
from .superblocks.space import LONGEST_WALK, SuperBlockSpace, split
from .superblocks.structure import Block, Structure

__all__ = [
    "IMAGE_CHANNELS",
    "LONGEST_WALK",
    "SPACES",
    "Architecture",
    "Block",
    "Cell",
    "ConvUnit",
    "Cost",
    "LatencyTable",
    "Layer",
    "Macro",
    "Network",
    "Piece",
    "Point",
    "Space",
    "Structure",
    "SuperBlockSpace",
    "block_cost",
    "build",
    "cost",
    "depth_penalty",
    "draw_below",
    "effectiveness",
    "entropy",
    "fused",
    "get",
    "layer_points",
    "layers_met",
    "params",
    "parse",
    "remove_norms",
    "split",
]

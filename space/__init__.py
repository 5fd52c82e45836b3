"""What an architecture is, what it costs, how it is built and mutated."""

from space.analytic import depth_penalty, effectiveness, entropy
from space.base import Space
from space.cost import Cost, block_cost
from space.families import Architecture, build, cost, params, parse
from space.fusion import fused
from space.latency import LatencyTable, Layer, Point, layer_points, layers_met
from space.nasbench201 import Cell
from space.nasbench_macro import Macro
from space.network import Network, remove_norms
from space.pieces import Piece
from space.spaces import SPACES, get
from space.structure import IMAGE_CHANNELS, Block, Structure
from space.superblocks import SuperBlockSpace, split

__all__ = [
    "IMAGE_CHANNELS",
    "SPACES",
    "Architecture",
    "Block",
    "Cell",
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

"""What an architecture is, what it costs, how it is built and mutated."""

from .analytic import depth_penalty, effectiveness, entropy
from .base import Space
from .cost import Cost, block_cost
from .families import Architecture, build, cost, params, parse
from .fusion import fused
from .latency import LatencyTable, Layer, Point, layer_points, layers_met
from .nasbench201 import Cell
from .nasbench_macro import Macro
from .network import Network, remove_norms
from .pieces import Piece
from .spaces import SPACES, get
from .structure import IMAGE_CHANNELS, Block, Structure
from .superblocks import SuperBlockSpace, split

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

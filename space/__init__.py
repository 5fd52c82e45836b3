"""Search spaces: what an architecture is, what it costs, how it is built and mutated."""

from .base import Space, draw_below
from .conv import IMAGE_CHANNELS
from .cost import Cost
from .errors import NotDefinedError
from .families import Architecture, build, cost, input_shape, params, parse
from .modules.model import Model, model
from .modules.network import ModuleNetwork
from .modules.own import Own, OwnSpace, SpaceError
from .nasbench201.cell import Cell
from .nasbench_macro import Macro
from .network import Network, remove_norms
from .spaces import SPACES, add_functions, get, search_space
from .speed.fusion import fused
from .superblocks.analytic import depth_penalty, effectiveness, entropy
from .superblocks.cost import block_cost
from .superblocks.latency import LatencyTable, Layer, Point, layer_points, layers_met
from .superblocks.network import ConvUnit
from .superblocks.pieces import Piece
from .superblocks.space import LONGEST_WALK, SuperBlockSpace, split
from .superblocks.structure import Block, Structure
from .tinynas.winner import TINYNAS, Collection, Winner, is_winner, read_winners

__all__ = [
    "IMAGE_CHANNELS",
    "LONGEST_WALK",
    "SPACES",
    "TINYNAS",
    "Architecture",
    "Block",
    "Cell",
    "Collection",
    "ConvUnit",
    "Cost",
    "LatencyTable",
    "Layer",
    "Macro",
    "Model",
    "ModuleNetwork",
    "Network",
    "NotDefinedError",
    "Own",
    "OwnSpace",
    "Piece",
    "Point",
    "Space",
    "SpaceError",
    "Structure",
    "SuperBlockSpace",
    "Winner",
    "add_functions",
    "block_cost",
    "build",
    "cost",
    "depth_penalty",
    "draw_below",
    "effectiveness",
    "entropy",
    "fused",
    "get",
    "input_shape",
    "is_winner",
    "layer_points",
    "layers_met",
    "model",
    "params",
    "parse",
    "read_winners",
    "remove_norms",
    "search_space",
    "split",
]

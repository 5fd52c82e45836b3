"""What an architecture is, what it costs, how it is built and mutated."""

from space.analytic import depth_penalty, effectiveness, entropy
from space.base import Space
from space.cost import Cost, block_cost
from space.families import Architecture, build, cost, parse
from space.nasbench201 import Cell
from space.nasbench_macro import Macro
from space.network import Network, remove_norms
from space.spaces import SPACES, get
from space.structure import Block, Structure
from space.superblocks import split

__all__ = [
    "SPACES",
    "Architecture",
    "Block",
    "Cell",
    "Cost",
    "Macro",
    "Network",
    "Space",
    "Structure",
    "block_cost",
    "build",
    "cost",
    "depth_penalty",
    "effectiveness",
    "entropy",
    "get",
    "parse",
    "remove_norms",
    "split",
]

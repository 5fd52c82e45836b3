"""What an architecture is, what it costs, how it is built and mutated."""

from space.analytic import depth_penalty, effectiveness, entropy
from space.cost import Cost, block_cost, cost
from space.network import Network, build
from space.spaces import SPACES, Space, get, split
from space.structure import Block, Structure

parse = Structure.parse

__all__ = [
    "SPACES",
    "Block",
    "Cost",
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
    "split",
]

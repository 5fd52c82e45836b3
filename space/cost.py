"""What a cost is."""

from typing import NamedTuple


class Cost(NamedTuple):
    """The cost of one network, in closed form: no module is built.

    `params`: number of parameters, batch norms and classifier included. `macs`: multiply-adds of convolutions and
    linear layers for one image (the field's "FLOPs"). `layers`: as budgets count them, the sum of the blocks' `layers`.
    `convolutions`: on the main path. `side`: side of the last feature map, in pixels.
    """

    params: int
    macs: int
    layers: int
    convolutions: int
    side: int

"""The operations of a cell and the edges that they stand on."""

OPERATIONS = ("none", "skip_connect", "nor_conv_1x1", "nor_conv_3x3", "avg_pool_3x3")
KERNELS = {"nor_conv_1x1": 1, "nor_conv_3x3": 3}
EDGES = tuple((node, source) for node in (1, 2, 3) for source in range(node))

"""Latency, predicted from layers that were measured one by one, so that a search needs no clock.

A network runs one layer after another, so its time is about the sum of its layers' times. The layers are those of
`units(block)`, as for the module and the cost. Channels vary freely, so each kind of layer is measured on a grid of
channel counts (by `bench`, once for each device) and interpolated in between.
"""

import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import chain, product
from typing import Any, NamedTuple

from ..conv import IMAGE_CHANNELS, side_after
from .layers import Unit, units
from .space import SuperBlockSpace
from .structure import Block, Structure


class Layer(NamedTuple):
    """A kind of layer on a map of `side` pixels, for any numbers of channels.

    `role`: "stem", "conv" or "depthwise" (convolution, batch norm and ReLU), "projection" (convolution and batch norm
    of a shortcut, and its addition), "sum" (the addition of a shortcut as it is) or "head" (pooling and classifier).
    """

    role: str
    kernel: int
    stride: int
    side: int

    @property
    def side_after(self) -> int:
        """Side of the output map."""
        return side_after(self.side, self.stride)

    def __str__(self) -> str:
        return f"{self.role} {self.kernel}×{self.kernel}, stride {self.stride}, side {self.side}"


class Point(NamedTuple):
    """A layer with its channels; `outputs` is 1 if the inputs determine them (depthwise, sum)."""

    layer: Layer
    inputs: int
    outputs: int

    @property
    def macs(self) -> int:
        """Multiply-adds for one image (or additions, of a sum)."""
        side = 1 if self.layer.role == "head" else self.layer.side_after  # its classifier comes after the pooling
        return self.inputs * self.outputs * self.layer.kernel**2 * side**2

    @property
    def values(self) -> int:
        """Number of values in its input map or in its output map, whichever is larger, for one image."""
        if self.layer.role == "head":
            return self.inputs * self.layer.side**2
        channels = self.inputs if self.outputs == 1 else self.outputs
        return max(self.inputs * self.layer.side**2, channels * self.layer.side_after**2)


def points(described: Sequence[Unit], side: int) -> Iterator[list[Point]]:
    """The layers of each of several consecutive units; the input of the first is a map of `side`."""
    for unit in described:
        run, start = [], side
        for conv in unit.convs:
            role = "depthwise" if conv.groups > 1 else "stem" if conv.in_channels == IMAGE_CHANNELS else "conv"
            outputs = conv.out_channels // conv.groups
            run.append(Point(Layer(role, conv.kernel, conv.stride, side), conv.in_channels, outputs))
            side = conv.side(side)
        if unit.projection:
            c, out, stride = unit.projection.in_channels, unit.projection.out_channels, unit.projection.stride
            run.append(Point(Layer("projection", 1, stride, start), c, out))
        elif unit.residual:
            run.append(Point(Layer("sum", 1, 1, side), unit.convs[-1].out_channels, 1))
        yield run


def layer_points(architecture: Structure, resolution: int) -> Iterator[Point]:
    """Every layer that a network runs on images of `resolution` pixels, up to the head."""
    described = [unit for block in architecture.blocks for unit in units(block)]
    yield from chain.from_iterable(points(described, resolution))


def head_layer(side: int) -> Layer:
    """The layer after the last block, whose map has `side`."""
    return Layer("head", 1, 1, side)


def layers_met(within: SuperBlockSpace, resolution: int) -> tuple[Layer, ...]:
    """Every kind of layer that architectures of a space have on images of `resolution` pixels.

    Mutations keep strides, so the initial architecture shows which sides occur.
    """
    met: dict[Layer, None] = {}
    side = resolution
    for block in within.initial().blocks:
        # A deep block is split, and the second half starts at the side where the first ended.
        after = side_after(side, block.stride)
        halves = [(block, side), (block._replace(stride=1), after)] if block.residual else [(block, side)]
        for half, start in halves:
            for form in _forms(half, within.choices):
                met.update((point.layer, None) for point in chain.from_iterable(points(units(form), start)))
        side = after
    return (*met, head_layer(side))


def _forms(block: Block, kinds: Sequence[str]) -> Iterator[Block]:
    """The block as each kind that it can become, with different and with equal numbers of channels."""
    if not block.residual:
        yield block
        return
    for kind, bottleneck, out in product(kinds, (8, 16), (8, 24)):
        yield Block(kind, 8, out, block.stride, bottleneck, 2)


class Surface:
    """Milliseconds of one kind of layer over its channels: exact on a grid, log-log bilinear in between.

    Outside the grid, and at points of the grid that were not measured because no network can afford such a layer, a
    time grows from the nearest measured one in proportion to the layer's multiply-adds.
    """

    def __init__(self, inputs: Sequence[int], outputs: Sequence[int], ms: Sequence[Sequence[float | None]]):
        if not all(sorted(set(axis)) == list(axis) and axis and axis[0] > 0 for axis in (inputs, outputs)):
            raise ValueError("the numbers of channels must be positive and ascending")
        if len(ms) != len(inputs) or any(len(row) != len(outputs) for row in ms):
            raise ValueError("`ms` must have one time for each pair of input and output channels")
        if any(value is not None and not 0 < value < math.inf for row in ms for value in row) or ms[0][0] is None:
            raise ValueError("the times in `ms` must be positive, and the first one must not be missing")
        self.inputs, self.outputs = tuple(inputs), tuple(outputs)
        self._logs = [[0.0] * len(outputs) for _ in inputs]
        for i, j in product(range(len(inputs)), range(len(outputs))):
            self._logs[i][j] = self._log(ms, i, j)
        self.ms = lru_cache(maxsize=1 << 12)(self._ms)  # the same few numbers of channels are asked for again and again

    def _log(self, ms: Sequence[Sequence[float | None]], i: int, j: int) -> float:
        """The logarithm of a time of the grid, scaled from the largest measured one below it if it was not measured."""
        value = ms[i][j]
        if value is not None:
            return math.log(value)
        known = [
            (self.inputs[k] * self.outputs[m], ms[k][m])
            for k, m in product(range(i + 1), range(j + 1))
            if ms[k][m] is not None
        ]
        size, nearest = max(known)
        assert nearest is not None
        return math.log(nearest * self.inputs[i] * self.outputs[j] / size)

    def _ms(self, inputs: int, outputs: int) -> float:
        """Milliseconds of the layer with these channels."""
        i, x, beyond_x = _place(self.inputs, inputs)
        j, y, beyond_y = _place(self.outputs, outputs)
        rows = (self._between(row, j, y) for row in self._logs[i : i + 2])
        low = next(rows)
        log = low + x * (next(rows) - low) if x else low
        return math.exp(log) * beyond_x * beyond_y

    @staticmethod
    def _between(row: Sequence[float], j: int, y: float) -> float:
        return row[j] + y * (row[j + 1] - row[j]) if y else row[j]


def _place(axis: Sequence[int], value: int) -> tuple[int, float, float]:
    """The interval of an axis with a value, the place in it (0 to 1, logarithmic), and the factor beyond the end."""
    if value >= axis[-1]:
        return len(axis) - 1, 0.0, value / axis[-1]
    if value <= axis[0]:
        return 0, 0.0, 1.0
    i = bisect_right(axis, value) - 1
    return i, math.log(value / axis[i]) / math.log(axis[i + 1] / axis[i]), 1.0


class LatencyTable:
    """A predictor of latency, from plain data.

    `data` has `resolution` (pixels), `factor` (see below) and `layers`, a list of mappings with `role`, `kernel`,
    `stride`, `side`, `inputs`, `outputs` (channel counts, ascending) and `ms` (rows of milliseconds per image, one for
    each pair of channels; None if not measured). Other data raise ValueError. Every prediction is multiplied by
    `factor`, the median ratio of the times of measured networks to the sums of their layers' times: it stands for
    effects that isolated layers do not show, such as caches that still hold the data of the layer before.
    """

    def __init__(self, data: Mapping[str, Any]):
        self._data = data
        try:
            self.resolution = int(data["resolution"])
            self.factor = float(data["factor"])
            self.surfaces = {
                Layer(str(entry["role"]), int(entry["kernel"]), int(entry["stride"]), int(entry["side"])): Surface(
                    entry["inputs"], entry["outputs"], entry["ms"]
                )
                for entry in data["layers"]
            }
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a latency table: {type(error).__name__}: {error}") from None
        # All layers after the first are alike, so the times of two layers give that of any number of them. The cache
        # therefore does not depend on the depth.
        self._layers_ms = lru_cache(maxsize=1 << 17)(self._uncached_layers_ms)

    def __reduce__(self) -> tuple[type["LatencyTable"], tuple[Mapping[str, Any]]]:
        return LatencyTable, (self._data,)  # a cache cannot be sent to another process

    def predict(self, architecture: Any) -> float:
        """Milliseconds per image that the network takes.

        Raises ValueError for an architecture of another family, and for one with a layer that the table lacks.
        """
        if not isinstance(architecture, Structure):
            raise ValueError("latency is predicted for super-block structures only")
        total, side = 0.0, self.resolution
        for block in architecture.blocks:
            first, further = self._layers_ms(block._replace(layers=min(block.layers, 2)), side)
            total += first + (block.layers - 1) * further
            side = side_after(side, block.stride)
        last = self._surface(head_layer(side))
        return self.factor * (total + last.ms(architecture.blocks[-1].out_channels, last.outputs[0]))

    def _uncached_layers_ms(self, block: Block, side: int) -> tuple[float, float]:
        """Milliseconds of the first layer of a block of one or two layers, and of the second (0 if there is none)."""
        described = units(block)
        times = [0.0, 0.0]
        for index, run in enumerate(points(described, side)):
            second = index * block.layers // len(described)
            times[second] += sum(self._surface(layer).ms(c, out) for layer, c, out in run)
        return times[0], times[1]

    def _surface(self, layer: Layer) -> Surface:
        try:
            return self.surfaces[layer]
        except KeyError:
            raise ValueError(f"the latency table has no times for this layer: {layer}") from None

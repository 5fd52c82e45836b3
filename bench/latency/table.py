"""Latency tables: the layers that a space can have, measured once per device and kept in a file.

A table is plain data, from which `space.LatencyTable` predicts. It lies in the user's cache folder and is written after
each layer, so that an interrupted measurement continues where it was.
"""

import hashlib
import json
import re
import statistics
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch

from ... import space
from ...cache import cache_folder
from ...search import Budget, ExhaustedError, stratified_sample
from ...space import Layer, Point, Structure, SuperBlockSpace
from ..devices import device_name
from ..errors import UsageError
from ..files import write_whole
from ..messages import say
from ..progress import stage
from .timing import Timing, draw_maps, latency_precision, make_pass, prepare, time_in_turn, time_networks

VERSION = 3  # of the content of tables; raise it whenever layers are measured in another way

# The numbers of channels at which layers are measured: odd multiples of 8 as well as even ones, which kernels prefer.
# If a kind of layer has only one free number of channels, the dense grid is used.
DENSE_CHANNELS = (8, 16, 24, 40, 64, 104, 160, 264, 416, 672, 1088, 2048)
COARSE_CHANNELS = (8, 16, 40, 72, 144, 264, 528, 1088)
WIDEST_OUTPUT = 2048  # outputs of the last convolution of `mobilenet`, which is 1×1 and never changes

# The most that one pass of a layer may take: multiply-adds, and values in a map. Larger layers are measured on a part
# of the batch, an eighth at least, and still larger ones are extrapolated.
AFFORDABLE = {"cpu": (1e9, 6e7), "cuda": (1e12, 3e8)}
BATCH_DIVISORS = (1, 2, 4, 8)
MIN_REPEATS, MAX_REPEATS, ENOUGH_MS = 5, 30, 20.0  # repeats of one layer; after this time the minimum is enough

FITTED_NETWORKS = 12  # random networks on which the factor is fitted, from small ones to ...
FITTED_SIZE = 12  # ... this multiple of the multiply-adds of the initial network
FITTED_SEED = 2**31  # another one than that of a study's sample, on which the error is measured
FITTED_REPEATS = 7


@dataclass(frozen=True)
class LatencySetting:
    """What a table was measured for, and where. `device`: name of the processor or GPU; `threads`: those of a CPU."""

    space: str
    start: str
    device: str
    resolution: int
    batch_size: int
    num_classes: int
    precision: str
    threads: int
    torch: str = torch.__version__
    version: int = VERSION

    @property
    def filename(self) -> str:
        """A readable name, which differs for each setting."""
        words = (self.space, self.device, f"{self.resolution}px", f"batch{self.batch_size}", self.precision,
                 f"{self.threads}threads", f"v{self.version}")  # fmt: skip
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:8]
        return re.sub(r"[^\w.-]+", "_", f"latency-{'-'.join(words)}-{digest}.json")


def make_latency_setting(within: SuperBlockSpace, budget: Budget, batch_size: int, device: str) -> LatencySetting:
    """The setting of a table for a space on this machine, with the resolution and number of classes of the budget.

    Raises UsageError if this machine lacks the device: latency is measured here, even if jobs run elsewhere.
    """
    if device not in AFFORDABLE:
        raise UsageError(f"budget.latency_ms: latency is measured on {' and '.join(AFFORDABLE)} only, not on {device}")
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError(
            "budget.latency_ms: latency is measured on the machine that runs zsbench, and this one has no CUDA device"
        )
    return LatencySetting(
        space=within.name,
        start=within.start,
        device=device_name(device),
        resolution=budget.resolution,
        batch_size=batch_size,
        num_classes=budget.num_classes,
        precision=latency_precision(device),
        threads=torch.get_num_threads(),
    )


def load_or_measure(within: SuperBlockSpace, wanted: LatencySetting, device: str) -> dict[str, Any]:
    """Load the table for a setting from the cache, or measure it now.

    It is plain data: `setting`, `reference_ms` and what `LatencyTable` takes. The speed of a machine changes during the
    measurement. So each layer is timed in turn with a reference, the initial network, and its time is scaled as if one
    pass of the reference took `reference_ms`.
    """
    path = cache_folder() / wanted.filename
    data = _read(path, wanted) or {**_identity(wanted), "factor": None, "reference_ms": None, "layers": []}
    known = {tuple(entry[name] for name in Layer._fields) for entry in data["layers"]}
    missing = [layer for layer in space.layers_met(within, wanted.resolution) if layer not in known]
    if not missing and data["factor"] is not None:
        say(f"latency table: {path}")
        return data
    initial = make_pass(within.initial(), wanted.resolution, wanted.batch_size, wanted.num_classes, device)
    if data["reference_ms"] is None:
        (begun,) = _time_networks([within.initial()], wanted, device)
        data["reference_ms"] = begun.median
    if missing:
        with stage(f"latency table of {wanted.space} on {wanted.device}", len(missing)) as advance:
            for layer in missing:
                data["layers"].append(_measure_layer(layer, wanted, device, initial, data["reference_ms"]))
                _write(path, data)
                advance(str(layer))
    data["factor"] = _fit_factor(within, wanted, device, data)
    _write(path, data)
    return data


def _identity(wanted: LatencySetting) -> dict[str, Any]:
    return {"setting": asdict(wanted), "resolution": wanted.resolution}


def _read(path: Path, wanted: LatencySetting) -> dict[str, Any] | None:
    """Read the table of a file, finished or not; None if there is no usable one."""
    if not path.exists():
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if {name: data[name] for name in _identity(wanted)} != _identity(wanted):
            raise ValueError("it was measured under other settings")
        space.LatencyTable({**data, "factor": 1.0 if data["factor"] is None else data["factor"]})
    except (OSError, KeyError, TypeError, ValueError) as error:
        say(f"{path} is damaged, so the latency table is measured again ({error})")
        return None
    return data


def _write(path: Path, data: dict[str, Any]) -> None:
    """Write the table to the cache, whole or not at all; if that fails, the study still has its own copy."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, dumps(data))
    except OSError as error:
        say(f"cannot write the latency table to {path.parent}: {error.strerror}")


def dumps(data: dict[str, Any]) -> str:
    """A table as JSON, one line per layer."""
    layers = ",\n  ".join(json.dumps(entry) for entry in data["layers"])
    head = {name: value for name, value in data.items() if name != "layers"}
    return f'{json.dumps(head)[:-1]},\n"layers": [\n  {layers}\n]}}\n'


def _measure_layer(
    layer: Layer, wanted: LatencySetting, device: str, reference: Callable[[], Any], reference_ms: float
) -> dict[str, Any]:
    """Measure one kind of layer over its grid of channels: an entry of a table, as if `reference` took `reference_ms`.

    The time of a layer is the lower quartile of its repeats: other work on the machine can only make it longer.
    """
    inputs, outputs = _axes(layer, wanted.num_classes)
    points = [Point(layer, i, o) for i in inputs for o in outputs]
    batches = {point: batch for point in points if (batch := _batch_size(point, wanted, device))}
    batches.setdefault(points[0], wanted.batch_size)  # all others can be extrapolated from it
    x = {(p.inputs, n): draw_maps(n, p.inputs, layer.side, device) for p, n in batches.items()}
    y: dict[tuple[int, int], torch.Tensor] = {}
    calls = []
    for point, n in batches.items():
        piece = space.Piece(*point)
        if piece.adds and (piece.channels, n) not in y:
            y[piece.channels, n] = draw_maps(n, piece.channels, layer.side_after, device)
        calls.append(partial(prepare(piece, device), x[point.inputs, n], y.get((piece.channels, n))))
    with torch.inference_mode():
        *timings, now = time_in_turn([*calls, reference], device, MIN_REPEATS, MAX_REPEATS, ENOUGH_MS)
    drift = now.median / reference_ms
    ms = {point: timing.lower / n / drift for (point, n), timing in zip(batches.items(), timings, strict=True)}
    grid = [[ms.get(Point(layer, i, o)) for o in outputs] for i in inputs]
    return {**layer._asdict(), "inputs": list(inputs), "outputs": list(outputs), "ms": grid}


def _batch_size(point: Point, wanted: LatencySetting, device: str) -> int:
    """Number of images of one pass over a layer; 0 if the layer is too large."""
    most_macs, most_values = AFFORDABLE[device]
    affordable = (
        batch
        for batch in (wanted.batch_size // part for part in BATCH_DIVISORS)
        if batch * point.macs <= most_macs and batch * point.values <= most_values
    )
    return next(affordable, 0)


def _axes(layer: Layer, num_classes: int) -> tuple[Sequence[int], Sequence[int]]:
    """The numbers of channels at which a kind of layer is measured."""
    if layer.role == "stem":
        return (space.IMAGE_CHANNELS,), DENSE_CHANNELS
    if layer.role == "head":
        return DENSE_CHANNELS, (num_classes,)
    if layer.role not in ("conv", "projection"):
        return DENSE_CHANNELS, (1,)
    return COARSE_CHANNELS, (*COARSE_CHANNELS, WIDEST_OUTPUT) if layer.kernel == 1 else COARSE_CHANNELS


def _fit_factor(within: SuperBlockSpace, wanted: LatencySetting, device: str, data: dict[str, Any]) -> float:
    """The median over random networks of the measured time divided by the sum of the times of the layers."""
    predictor = space.LatencyTable({**data, "factor": 1.0})
    networks = _draw_networks(within, wanted, device, predictor)
    ratios = []
    with stage("latency of random networks, to scale the table", len(networks)) as advance:
        for network in networks:
            timing, reference = _time_networks([network, within.initial()], wanted, device)
            ms = timing.median / reference.median * data["reference_ms"]
            ratios.append(ms / wanted.batch_size / predictor.predict(network))
            advance("")
    return statistics.median(ratios) if ratios else 1.0


def _time_networks(networks: Sequence[Structure], wanted: LatencySetting, device: str) -> list[Timing]:
    return time_networks(networks, wanted.resolution, wanted.batch_size, wanted.num_classes, device, FITTED_REPEATS)


def _draw_networks(
    within: SuperBlockSpace, wanted: LatencySetting, device: str, predictor: space.LatencyTable
) -> list[Structure]:
    """Draw random networks of a space that fit the device, from fast to slow; an empty list if none is found."""
    resolution, num_classes = wanted.resolution, wanted.num_classes
    limit = FITTED_SIZE * space.cost(within.initial(), resolution, num_classes).macs
    budget = Budget(macs=limit, resolution=resolution, num_classes=num_classes)
    most_values = AFFORDABLE[device][1] / wanted.batch_size
    try:
        drawn = stratified_sample(within, budget, FITTED_NETWORKS, FITTED_SEED, predictor.predict)
    except (ExhaustedError, ValueError) as error:
        say(f"the latency table is not scaled to whole networks, because no random network was found to time: {error}")
        return []
    return [
        network
        for network in drawn
        if isinstance(network, Structure)
        and all(point.values <= most_values for point in space.layer_points(network, resolution))
    ]

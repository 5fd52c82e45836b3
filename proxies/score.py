"""Compute a score: prepare what the proxy declares, call its formula, return a value or a status."""

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import torch

from .. import space
from .batch import Batch, ImageSource, Setting, draw_balanced_labels, draw_noise, make_generator
from .isolation import isolated, run_closed_form
from .own_module import Scored, architecture_of, fitted, remark
from .protocol import apply_protocol
from .registry import Proxy, get
from .tools.initialise import initialise

STATUSES = ("ok", "error", "nan", "inf", "timeout", "memory")


@dataclass(frozen=True)
class Score:
    """The result of one score.

    If `status` is "ok", `value` is a finite number; for a relative proxy it is None, and `components` holds finite
    numbers. The other statuses are "error", "nan", "inf", "timeout" and "memory", with a one-line `reason`. A score
    that is "ok" has a reason only if it differs from the proxy's definition, as it may for a module of one's own.
    `seconds` is the wall time, including the time to build and initialise the network.
    """

    value: float | None
    status: str
    reason: str
    seconds: float
    components: tuple[float, ...] | None = None


def score(
    name: str,
    architecture: Scored,
    *,
    input: Sequence[int] | None = None,
    seed: int = 0,
    resolution: int = 32,
    batch_size: int = 64,
    num_classes: int | None = None,
    protocol: str = "published",
    device: str = "cpu",
    images: ImageSource | None = None,
    limit: float | None = None,
) -> Score:
    """Compute the score of `architecture` by the proxy `name`.

    `architecture` is one of a space, a `torch.nn.Module`, or a function that makes a module. For the latter two,
    `input` is the shape of one input, such as (3, 224, 224). `num_classes`: 100, or as many as the module has.

    Equal arguments give an equal value on the same device, whatever was computed before: every random number depends
    on (seed, architecture) only. `resolution` is in pixels. `images` replaces noise for proxies that take a batch. A
    score that took more than `limit` seconds has the status "timeout"; a function that never returns is not ended here,
    but in the worker processes of studies and commands. An unknown name or protocol raises ValueError, and so does a
    module that cannot run; an error inside the proxy becomes a status.
    """
    scored, resolution, num_classes = architecture_of(architecture, input, resolution, num_classes)
    scorer = Scorer(
        name,
        seed=seed,
        resolution=resolution,
        batch_size=batch_size,
        num_classes=num_classes,
        protocol=protocol,
        device=device,
        images=images,
        limit=limit,
    )
    return scorer(scored)


class Scorer:
    """`score` for many architectures with the same proxy and setting: call it with an architecture."""

    def __init__(
        self,
        name: str,
        *,
        seed: int,
        resolution: int,
        batch_size: int,
        num_classes: int,
        protocol: str,
        device: str,
        images: ImageSource | None,
        limit: float | None,
    ):
        self._proxy = proxy = apply_protocol(protocol, get(name))
        self._limit = limit
        shared = (seed, resolution, batch_size, num_classes, protocol, torch.device(device), images)
        self._evaluate: Callable[[space.Architecture], tuple[float, ...]]
        if proxy.needs == "architecture" and proxy.deterministic:
            # Full isolation would take ten times as long as such a formula.
            setting = _setting(proxy, seed, resolution, batch_size, num_classes)
            self._evaluate = lambda architecture: run_closed_form(partial(_closed_form, proxy, architecture, setting))
        else:
            self._evaluate = lambda architecture: Request(architecture, *shared).evaluate(proxy)
            if device == "cpu":
                _compile(proxy, protocol)

    def __call__(self, architecture: space.Architecture) -> Score:
        """The score of one architecture."""
        proxy, limit = self._proxy, self._limit
        start = time.perf_counter()
        value, components = None, None
        try:
            numbers = self._evaluate(architecture)
            status, reason = _judge(numbers)
            if status == "ok":
                value, components = (None, numbers) if proxy.relative else (numbers[0], None)
                reason = remark(proxy, architecture)
        except _PartError as error:
            status, reason = error.status, str(error)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # noqa: BLE001 - a proxy is foreign code; whatever it raises becomes a status
            status, reason = "error", _one_line(error)
        seconds = time.perf_counter() - start
        if limit is not None and seconds > limit and status == "ok":
            value, components, status, reason = None, None, "timeout", f"took longer than its limit of {limit:g} s"
        return Score(value, status, reason, seconds, components)


def _closed_form(proxy: Proxy, architecture: space.Architecture, setting: Setting) -> tuple[float, ...]:
    return _numbers(proxy, proxy.function(architecture, setting))


def _compile(proxy: Proxy, protocol: str) -> None:
    """Compile or load the numba kernels that a proxy needs, so that this time is not part of a score's time."""
    for name in proxy.parts:
        _compile(get(name), protocol)
    if proxy.needs in ("network", "images", "labels"):
        # It is not known which kernels a user's proxy needs; those of a gradient are the most likely ones.
        _compile_once(proxy.name if proxy.builtin else "grad_norm", protocol)


@cache
def _compile_once(name: str, protocol: str) -> None:
    architecture = space.parse("SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,8,1,8,1)")
    with contextlib.suppress(Exception):  # the score itself says what is wrong
        Request(architecture, 0, 8, 2, 2, protocol, torch.device("cpu"), None).evaluate(
            apply_protocol(protocol, get(name))
        )


def _setting(proxy: Proxy, seed: int, resolution: int, batch_size: int, num_classes: int) -> Setting:
    return Setting(seed, proxy.resolution or resolution, proxy.size(batch_size), num_classes, proxy.residual)


class _PartError(Exception):
    """A part of a combination has no value; the message and `status` say why."""

    def __init__(self, part: str, status: str, reason: str):
        super().__init__(f"{part}: {reason}")
        self.status = status


@dataclass(frozen=True)
class Request:
    """One request for a score: those arguments of `score` that a proxy and its parts share."""

    architecture: space.Architecture
    seed: int
    resolution: int
    batch_size: int
    num_classes: int
    protocol: str
    device: torch.device
    source: ImageSource | None

    def evaluate(self, proxy: Proxy) -> tuple[float, ...]:
        """Call the proxy's function with what it declares; return its number, or its components."""
        proxy = fitted(proxy, self.architecture)
        with isolated(self._generator("global").initial_seed(), self.device):
            if proxy.needs == "scores":
                return _numbers(proxy, proxy.function(tuple(self._part(name) for name in proxy.parts)))
            return _numbers(proxy, proxy.function(*self.inputs(proxy)))

    def inputs(self, proxy: Proxy) -> tuple[Any, Any]:
        """The arguments of the proxy's function: architecture and setting, or network and batch (or batches)."""
        setting = _setting(proxy, self.seed, self.resolution, self.batch_size, self.num_classes)
        if proxy.needs == "architecture":
            return self.architecture, setting
        network = self._network(proxy)
        random = self._generator("batch")
        batches = self._batches(proxy, setting, random)
        return network, batches[0] if proxy.batches == 1 else batches

    def _part(self, name: str) -> float:
        part = apply_protocol(self.protocol, get(name))
        try:
            numbers = self.evaluate(part)
            status, reason = _judge(numbers)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise _PartError(name, "error", _one_line(error)) from error
        if status != "ok":
            raise _PartError(name, status, reason)
        return numbers[0] if part.higher_is_better else -numbers[0]

    def _network(self, proxy: Proxy) -> space.Network:
        network = space.build(self.architecture, self.num_classes, proxy.residual, thin=proxy.thin, initialise=False)
        if proxy.mode == "removed":
            space.remove_norms(network)
        initialise(network, proxy.init, self._generator("weights"))
        precision = getattr(torch, proxy.precision)
        if (
            self.device.type != "cpu" or precision != torch.float32
        ):  # otherwise it is so already, and the call takes 3 ms
            network.to(self.device, precision)
        (_make_fast if proxy.fast else _make_plain)(network)
        return network.use_batch_statistics(proxy.mode == "train")

    def _batches(self, proxy: Proxy, setting: Setting, random: torch.Generator) -> tuple[Batch, ...]:
        """The declared number of batches; no two of them have a real image in common."""
        size, count = setting.batch_size, proxy.batches
        shape = space.input_shape(self.architecture, setting.resolution)
        real = proxy.takes_images and self.source is not None and proxy.needs != "network"
        drawn = self.source.batches(count, size, random, proxy.balanced) if self.source and real else None
        batches = []
        for _ in range(count):
            images, labels = next(drawn) if drawn else (_made(proxy, (size, *shape), random), None)
            if images.shape[1:] != shape:
                assert self.source is not None
                raise _other_images(self.source.name, images.shape[1:], shape)
            if labels is None and proxy.balanced:
                labels = draw_balanced_labels(size, self.num_classes, random)
            elif labels is None:
                labels = torch.randint(self.num_classes, (size,), generator=random)
            # Images and labels that are not declared are withheld, so that a wrong declaration is noticed.
            given = self._given(proxy, images) if proxy.needs != "network" else None
            declared = labels.to(self.device) if proxy.needs == "labels" else None
            batches.append(Batch(given, declared, setting, random))  # type: ignore[arg-type]
        return tuple(batches)

    def _given(self, proxy: Proxy, images: torch.Tensor) -> torch.Tensor:
        """The images that the proxy is given: on the device, in its precision, in the memory layout of its network."""
        given = images.to(self.device, getattr(torch, proxy.precision))
        return given if proxy.fast else given.contiguous()

    def _generator(self, purpose: str) -> torch.Generator:
        return make_generator(self.seed, self.architecture, purpose)


def _made(proxy: Proxy, shape: tuple[int, ...], random: torch.Generator) -> torch.Tensor:
    return torch.ones(shape) if proxy.batch == "ones" else draw_noise(shape, random)


def _other_images(name: str, has: Sequence[int], wanted: Sequence[int]) -> ValueError:
    """The error for images of a data set that a network does not take."""
    if len(wanted) == len(has) and wanted[0] == has[0]:
        return ValueError(f"the images of {name!r} have {has[-1]} px, but the score needs {wanted[-1]} px")
    return ValueError(f"the images of {name!r} have the shape {tuple(has)}, but the network takes {tuple(wanted)}")


def _make_fast(network: space.Network) -> None:
    """Bring the weights to the memory layout in which convolutions are fastest: channels last."""
    for layer in network.layers():
        # Weights of 1 × 1 and depthwise convolutions are channels last already.
        if layer.weight.ndim == 4 and not layer.weight.is_contiguous(memory_format=torch.channels_last):
            layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)


def _make_plain(network: space.Network) -> None:
    """Make all activations work out of place, so that tensors that a hook keeps do not change."""
    for module in network.modules():
        if hasattr(module, "inplace"):
            setattr(module, "inplace", False)  # noqa: B010 - an attribute of some modules only, to mypy


def _numbers(proxy: Proxy, raw: Any) -> tuple[float, ...]:
    if not proxy.relative:
        return (_number(raw),)
    numbers = tuple(map(_number, raw))
    if len(numbers) != proxy.components:
        raise ValueError(f"the proxy returned {len(numbers)} components, but declares {proxy.components}")
    return numbers


def _number(raw: Any) -> float:
    """What a proxy returned as a number; text is none, although `float` would read "1e3"."""
    if isinstance(raw, (str, bytes, bytearray)):
        raise TypeError(f"the proxy returned {type(raw).__name__}, not a number")
    return float(raw)


def _judge(numbers: tuple[float, ...]) -> tuple[str, str]:
    if all(map(math.isfinite, numbers)):
        return "ok", ""
    if any(map(math.isnan, numbers)):
        return "nan", "the proxy returned NaN"
    return "inf", f"the proxy returned {next(filter(math.isinf, numbers))}"


def _one_line(error: BaseException) -> str:
    """The error as text that every file and terminal can hold."""
    try:
        text = " ".join(str(error).split())
    except BaseException as failure:  # noqa: BLE001 - its own __str__ is foreign code
        text = f"its message cannot be told ({type(failure).__name__})"
    readable = text.encode("utf-8", "backslashreplace").decode("utf-8")
    return (readable if isinstance(error, space.NotDefinedError) else f"{type(error).__name__}: {readable}")[:300]

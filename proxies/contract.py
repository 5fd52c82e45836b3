"""The contract that every proxy keeps, as checks that users can run on their own proxies."""

import math
import pickle
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch
from torch import nn

from .. import space
from .batch import Batch
from .isolation import isolated
from .registry import Proxy, get
from .score import Request, Score, score

# Small networks with what formulas are known to fail on. Super-blocks: basic, deep, inverted, and a network with so few
# neurons that a count of patterns stays below its limit. Cells: one with every operation, and one with a convolution
# whose result is not used and a convolution that is given zeros.
FAMILIES = (
    (
        "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,2,8,1)SuperConvK1BNRELU(16,16,1,1)",
        "SuperConvK3BNRELU(3,8,1,1)SuperResK1K3K1(8,16,2,8,2)SuperResK1K5K1(16,24,2,8,1)SuperConvK1BNRELU(24,32,1,1)",
        "SuperConvK3BNRELU(3,8,1,1)SuperResIDWE2K3(8,16,2,8,1)SuperResIDWE4K5(16,16,1,8,1)SuperConvK1BNRELU(16,32,1,1)",
        "SuperConvK3BNRELU(3,8,2,1)SuperResK3K3(8,8,2,8,1)SuperConvK1BNRELU(8,8,1,1)",
    ),
    (
        "|nor_conv_3x3~0|+|nor_conv_3x3~0|none~1|+|skip_connect~0|avg_pool_3x3~1|nor_conv_1x1~2|",
        "|nor_conv_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_1x1~2|",
    ),
)
NETWORKS = tuple(text for family in FAMILIES for text in family)
SMALL: dict[str, Any] = {"resolution": 16, "batch_size": 8, "num_classes": 4}

SCORE_SECONDS = 20.0  # of one score; a tiny network takes milliseconds
OTHER_SEEDS = (1, 2, 3)  # several, since scores that count something may be equal by chance
TOLERANCE = {"float32": 1e-3, "float64": 1e-6}  # relative difference between devices
# Between the fast form of a network and the plain one, relative: ours differ by less than 0.01, a hook that keeps an
# overwritten map gives something else altogether.
FORMS_TOLERANCE = 0.02
ZERO = 1e-9  # a zero on one device may be a rounding error on the other
BATCH_PARTS = ("images", "labels")


@dataclass(frozen=True)
class Check:
    """One check: what was checked, whether the proxy passed, and if not, what was seen."""

    name: str
    passed: bool
    detail: str = ""


def check(name: str, device: str = "cpu") -> Iterator[Check]:
    """Check the proxy with this name, one check after another. Raises ValueError if there is none.

    Checks that do not apply are skipped: state checks for proxies without a network, reproducibility for proxies
    without any value, agreement of devices without a GPU. What a proxy does to torch's global state is not checked: the
    harness restores it after each score.
    """
    trial = _Trial(get(name), device)
    for title, test in _CHECKS.items():
        problem = test(trial)
        if problem is not None:
            yield Check(title, not problem, problem)


@dataclass(frozen=True)
class _Trial:
    """A proxy that is checked, and the results that several checks share."""

    proxy: Proxy
    device: str

    def score(self, text: str, seed: int = 0, device: str | None = None) -> Score:
        architecture = space.parse(text)
        return score(
            self.proxy.name, architecture, seed=seed, device=device or self.device, limit=SCORE_SECONDS, **SMALL
        )

    @cached_property
    def first(self) -> dict[str, Score]:
        """The score of each network."""
        return {text: self.score(text) for text in NETWORKS}

    @cached_property
    def values(self) -> dict[str, tuple[float, ...]]:
        """The numbers of each network whose score has any."""
        return {text: _numbers(one) for text, one in self.first.items() if one.status == "ok"}

    @cached_property
    def drift(self) -> str:
        """The first value that differs when it is computed again, with the new value; "" if none differs."""
        # In reverse order, to catch a value that depends on what was computed before.
        for text, value in reversed(self.values.items()):
            again = _numbers(self.score(text))
            if again != value:
                return f"{_shown(value)} and {_shown(again)}"
        return ""

    @cached_property
    def calls(self) -> "list[_Call]":
        """One call of the function for each network, made here and not by the harness; empty if it takes no network."""
        if self.proxy.needs in ("architecture", "scores"):
            return []
        return [_call(self.proxy, space.parse(text), self.device) for text in NETWORKS]


def _numbers(one: Score) -> tuple[float, ...]:
    return one.components or (() if one.value is None else (one.value,))


def _shown(numbers: tuple[float, ...]) -> str:
    return ", ".join(map(repr, numbers)) or "no value"


@dataclass(frozen=True)
class _Call:
    """The effects of one call of a proxy's function.

    `read`: whether it used the images and the labels of a batch. `change`: the first part of network or batch that
    differs after the call ("" if none does). `undeclared`: what it used but did not declare ("" if nothing); for a call
    that failed, only this is known.
    """

    finished: bool
    read: frozenset[str] = frozenset()
    change: str = ""
    undeclared: str = ""


@dataclass(frozen=True)
class _WatchedBatch(Batch):
    """A batch that records which of its images and labels are used."""

    read: set[str]

    def __getattribute__(self, name: str) -> Any:
        if name in BATCH_PARTS:
            object.__getattribute__(self, "read").add(name)
        return object.__getattribute__(self, name)


class _UndeclaredError(BaseException):
    """A proxy uses what it has not declared. Not an `Exception`: a proxy's own `except Exception` must not catch it."""


def _withheld(message: str) -> torch.Tensor:
    """A placeholder for images or labels that were not declared: using it raises _UndeclaredError."""

    class Withheld(torch.Tensor):
        @classmethod
        def __torch_function__(cls, *_args: Any, **_kwargs: Any) -> Any:
            raise _UndeclaredError(message)

    return torch.empty(0).as_subclass(Withheld)


def _watched(batch: Batch, needs: str, read: set[str]) -> Batch:
    parts = {}
    for part in BATCH_PARTS:
        given = getattr(batch, part)
        message = f"uses batch.{part}, but declares needs={needs!r}; declare needs={part!r}"
        parts[part] = _withheld(message) if given is None else given
    return _WatchedBatch(**parts, setting=batch.setting, generator=batch.generator, read=read)


def _request(architecture: space.Architecture, device: str) -> Request:
    return Request(architecture, seed=0, protocol="published", device=torch.device(device), source=None, **SMALL)


def _call(proxy: Proxy, architecture: space.Architecture, device: str) -> _Call:
    request = _request(architecture, device)
    read: set[str] = set()
    try:
        with isolated(0, request.device):
            network, given = request.inputs(proxy)
            batches = given if isinstance(given, tuple) else (given,)
            before = _state(network, batches)
            watched = tuple(_watched(batch, proxy.needs, read) for batch in batches)
            proxy.function(network, watched if isinstance(given, tuple) else watched[0])
            return _Call(True, frozenset(read), change=_difference(before, _state(network, batches)))
    except _UndeclaredError as error:
        return _Call(False, undeclared=str(error))
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001 - the score of this network reports the failure
        return _Call(False)


def _state(network: nn.Module, batches: tuple[Batch, ...]) -> dict[str, Any]:
    """Everything that a call must not change, under names that say where it is."""
    state: dict[str, Any] = {}
    for path, module in network.named_modules(prefix="network"):
        hooks = [held for key, held in vars(module).items() if key.endswith("_hooks")]
        state[f"type of {path}"] = type(module).__name__
        state[f"hooks on {path}"] = sum(map(len, hooks))
        # These include the training mode, and a `forward` that was assigned to the module.
        state |= {f"{path}.{key}": value for key, value in vars(module).items() if not key.startswith("_")}
        # A batch norm's buffers are its running statistics, which every pass in train mode changes.
        if not isinstance(module, nn.modules.batchnorm._BatchNorm):
            state |= {f"{path}.{key}": value.clone() for key, value in module.named_buffers(recurse=False)}
    for path, parameter in network.named_parameters(prefix="network"):
        hooks = [getattr(parameter, key, None) or () for key in ("_backward_hooks", "_post_accumulate_grad_hooks")]
        state[f"hooks on {path}"] = sum(map(len, hooks))
        state[f"{path}.requires_grad"] = parameter.requires_grad
        state[f"{path}.grad"] = None if parameter.grad is None else "a tensor"
        state[path] = parameter.detach().clone()
    for index, batch in enumerate(batches):
        for part in BATCH_PARTS:
            tensor = getattr(batch, part)
            path = f"batches[{index}].{part}" if len(batches) > 1 else f"batch.{part}"
            state[path] = None if tensor is None else tensor.detach().clone()
    return state


def _difference(before: dict[str, Any], after: dict[str, Any]) -> str:
    """What differs in the first entry that does; "" if none does."""
    for path in {**before, **after}:
        if path not in before or path not in after:
            return f"{path} is {'new' if path in after else 'gone'}"
        old, new = before[path], after[path]
        if isinstance(old, torch.Tensor) and isinstance(new, torch.Tensor):
            if (old.dtype, old.device) != (new.dtype, new.device):
                return f"{path}: {old.dtype} on {old.device} before, {new.dtype} on {new.device} afterwards"
            if not torch.equal(old, new):
                return f"{path}: its numbers have changed"
        elif old != new:
            return f"{path}: {old} before, {new} afterwards"
    return ""


def _finite(trial: _Trial) -> str:
    """In each family, all networks must have a value, or all must raise a ValueError that says "defined for"."""
    for family in FAMILIES:
        failed = [(text, trial.first[text]) for text in family if text not in trial.values]
        undefined = len(failed) == len(family) and all(_undefined(one) for _, one in failed)
        if failed and not undefined:
            text, one = failed[0]
            return f"{one.status}: {one.reason}, on {text}"
    return "" if trial.values else f"no network has a value: {trial.first[NETWORKS[0]].reason}"


def _undefined(one: Score) -> bool:
    # Of space.NotDefinedError the reason is the message alone; a user's proxy may raise ValueError.
    named = re.match(r"\w+: ", one.reason)
    return "defined for" in one.reason and (named is None or named[0] == "ValueError: ")


def _reproducible(trial: _Trial) -> str | None:
    if not trial.values:
        return None
    hint = "draw random numbers from batch.generator or torch, and keep nothing between calls"
    return trial.drift and f"equal arguments gave {trial.drift}; {hint}"


def _seeded(trial: _Trial) -> str | None:
    if not trial.values:
        return None
    differs = any(
        _numbers(trial.score(text, seed)) != value for seed in OTHER_SEEDS for text, value in trial.values.items()
    )
    if trial.proxy.deterministic and differs:
        return "declared deterministic, but another seed gives another value"
    if not trial.proxy.deterministic and not differs:
        return "another seed gives the same value; declare deterministic=True"
    return ""


def _left_alone(trial: _Trial) -> str | None:
    changes = [call.change for call in trial.calls if call.finished]
    return next((change for change in changes if change), "") if changes else None


def _needed(trial: _Trial) -> str | None:
    undeclared = next((call.undeclared for call in trial.calls if call.undeclared), "")
    finished = [call for call in trial.calls if call.finished]
    if undeclared or not finished:
        return undeclared or None
    read = frozenset[str]().union(*(call.read for call in finished))
    needs = trial.proxy.needs
    # If values differ from call to call, one call says nothing about the next.
    if needs in BATCH_PARTS and needs not in read and not trial.drift:
        enough = "images" if "images" in read else "network"
        return f"declares needs={needs!r}, but does not use {needs}; declare needs={enough!r}"
    return ""


def _portable(trial: _Trial) -> str | None:
    if not (torch.cuda.is_available() and trial.values):
        return None
    other = "cuda" if torch.device(trial.device).type == "cpu" else "cpu"
    tolerance = TOLERANCE[trial.proxy.precision]
    for text, value in trial.values.items():
        there = _numbers(trial.score(text, device=other))
        if not _near(value, there, tolerance):
            return f"{trial.device} gives {_shown(value)} and {other} {_shown(there)}, on {text}"
    return ""


def _equal_in_both_forms(trial: _Trial) -> str | None:
    if not (trial.proxy.fast and trial.values):
        return None
    plain = replace(trial.proxy, fast=False)
    for text, value in trial.values.items():
        there = _request(space.parse(text), trial.device).evaluate(plain)
        if not _near(value, there, FORMS_TOLERANCE):
            return f"{_shown(value)} in the fast form of the network, {_shown(there)} in the plain one, on {text}"
    return ""


def _near(value: tuple[float, ...], other: tuple[float, ...], tolerance: float) -> bool:
    pairs = zip(value, other, strict=False)
    return len(value) == len(other) and all(math.isclose(a, b, rel_tol=tolerance, abs_tol=ZERO) for a, b in pairs)


def _picklable(trial: _Trial) -> str:
    try:
        pickle.dumps(trial.proxy.function)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        return f"the function cannot be sent to worker processes; define it at the top level of a file: {error}"
    return ""


def _documented(trial: _Trial) -> str:
    return "" if trial.proxy.summary else "the function has no docstring; give its formula, source and deviations"


# Each returns what is wrong, "" if nothing is, and None if there is nothing to check.
_CHECKS: dict[str, Callable[[_Trial], str | None]] = {
    "finite on tiny networks": _finite,
    "equal arguments give an equal value": _reproducible,
    "the seed matters as declared": _seeded,
    "leaves network and batch as they were": _left_alone,
    "needs what it declares": _needed,
    "CPU and GPU agree": _portable,
    "fast=True gives the same value": _equal_in_both_forms,
    "can be sent to workers": _picklable,
    "documented": _documented,
}

"""Computing one score: prepare what the proxy declares, call its formula, give a value or a status."""

import math
import time
from dataclasses import dataclass
from typing import Any

import torch

import space
from proxies.batch import Batch, ImageSource, Setting, generator, noise
from proxies.initialise import initialise
from proxies.isolation import isolated
from proxies.limit import TimeLimitError, time_limit
from proxies.protocol import under
from proxies.registry import Proxy, get

STATUSES = ("ok", "error", "nan", "inf", "timeout")


@dataclass(frozen=True)
class Score:
    """The result of one score.

    `value` is a finite number if `status` is "ok", else None; the other statuses are "error", "nan", "inf" and
    "timeout", with a one-line `reason`. `seconds` is wall time, building and initialising the network included.
    """

    value: float | None
    status: str
    reason: str
    seconds: float


def score(
    name: str,
    architecture: space.Structure,
    *,
    seed: int = 0,
    resolution: int = 32,
    batch_size: int = 64,
    num_classes: int = 100,
    protocol: str = "published",
    device: str = "cpu",
    images: ImageSource | None = None,
    limit: float | None = None,
) -> Score:
    """The score of `architecture` under the proxy `name`.

    Equal arguments give an equal value on the same device, whatever was computed before: every random number comes from
    (seed, architecture). `images` replaces noise for proxies that take a batch; `limit` is in seconds. An unknown name
    or protocol raises ValueError; whatever the proxy itself does wrong becomes a status.
    """
    proxy = under(protocol, get(name))
    setting = Setting(seed, resolution, batch_size, num_classes, proxy.residual)
    start = time.perf_counter()
    try:
        with time_limit(limit), isolated(generator(seed, architecture, "global").initial_seed()):
            raw = _evaluate(proxy, architecture, setting, torch.device(device), images)
            value, status, reason = _judge(raw)
    except TimeLimitError:
        value, status, reason = None, "timeout", f"overran {limit:g} s"
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a proxy is foreign code; its failure is a row, not an end
        value, status, reason = None, "error", _one_line(error)
    seconds = time.perf_counter() - start
    if limit is not None and seconds > limit and status == "ok":
        value, status, reason = None, "timeout", f"overran {limit:g} s"
    return Score(value, status, reason, seconds)


def _evaluate(
    proxy: Proxy, architecture: space.Structure, setting: Setting, device: torch.device, source: ImageSource | None
) -> Any:
    if proxy.needs == "architecture":
        return proxy.function(architecture, setting)
    dtype = getattr(torch, proxy.precision)
    network = space.build(architecture, setting.num_classes, proxy.residual, initialise=False)
    initialise(network, proxy.init, generator(setting.seed, architecture, "weights"))
    network.to(device, dtype).to(memory_format=torch.channels_last)
    network.train(proxy.mode == "train")
    random = generator(setting.seed, architecture, "batch")
    batches = tuple(_batch(proxy, setting, random, source, device, dtype) for _ in range(proxy.batches))
    return proxy.function(network, batches[0] if proxy.batches == 1 else batches)


def _batch(
    proxy: Proxy,
    setting: Setting,
    random: torch.Generator,
    source: ImageSource | None,
    device: torch.device,
    dtype: torch.dtype,
) -> Batch:
    images: torch.Tensor | None = None
    labels: torch.Tensor | None = None
    size = setting.resolution
    if proxy.batch == "ones":
        images = torch.ones(1, 3, size, size)
    elif source is not None:
        images, labels = source.draw(setting.batch_size, random)
        if images.shape[-1] != size:
            raise ValueError(f"images of {source.name!r} are {images.shape[-1]} px wide, the score wants {size}")
    else:
        images = noise((setting.batch_size, 3, size, size), random)
    if labels is None:
        labels = torch.randint(setting.num_classes, (len(images),), generator=random)
    # What was not declared is withheld, so that a declaration cannot be wrong unnoticed.
    given_images = images.to(device, dtype) if proxy.needs in ("images", "labels") else None
    given_labels = labels.to(device) if proxy.needs == "labels" else None
    return Batch(given_images, given_labels, setting, random)  # type: ignore[arg-type]


def _judge(raw: Any) -> tuple[float | None, str, str]:
    value = float(raw)
    if math.isnan(value):
        return None, "nan", "the proxy returned NaN"
    if math.isinf(value):
        return None, "inf", f"the proxy returned {value}"
    return value, "ok", ""


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}"[:300]

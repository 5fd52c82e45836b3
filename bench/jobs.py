"""Jobs: plain data that any process can run, and what comes back from them."""

import functools
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import proxies
import space
import train
from bench.errors import UsageError


def size_columns(cost: space.Cost | None) -> dict[str, int | None]:
    """The columns of a stored row that say how large its architecture is; missing where there is none."""
    return {name: getattr(cost, name, None) for name in ("params", "macs", "layers")}


@dataclass(frozen=True)
class ScoreJob:
    """One score of one architecture."""

    proxy: str
    space: str
    architecture: str
    seed: int
    protocol: str
    resolution: int
    batch_size: int
    num_classes: int
    data: str
    device: str
    limit: float
    data_root: str | None = None

    @property
    def key(self) -> dict[str, Any]:
        """What the store tells scores apart by, but for the architecture."""
        other = ("architecture", "limit", "data_root")
        return {name: value for name, value in vars(self).items() if name not in other}

    def check_images(self) -> None:
        """UsageError where the images that scores are to be computed on do not fit the other settings."""
        if self.data == "noise":
            return
        data = train.load(self.data, self.data_root, self.resolution)
        count = len(data.train_images)
        entry = proxies.under(self.protocol, proxies.get(self.proxy))
        wanted = entry.size(self.batch_size) * entry.batches if entry.takes_images else self.batch_size
        if wanted > count:
            raise UsageError(f"batch size {wanted} exceeds the {count} images of {self.data!r}")
        if self.num_classes < data.num_classes:
            raise UsageError(f"{self.data!r} has {data.num_classes} classes, the networks only {self.num_classes}")

    def run(self) -> dict[str, Any]:
        """The score as a row of the store's table `scores`."""
        architecture = space.parse(self.architecture)
        images = None if self.data == "noise" else _images(self.data, self.data_root, self.resolution)
        score = proxies.score(
            self.proxy,
            architecture,
            seed=self.seed,
            resolution=self.resolution,
            batch_size=self.batch_size,
            num_classes=self.num_classes,
            protocol=self.protocol,
            device=self.device,
            images=images,
            limit=self.limit,
        )
        size = size_columns(space.cost(architecture, self.resolution, self.num_classes))
        return {**self.key, "architecture": self.architecture, **asdict(score), **size}


@functools.lru_cache(maxsize=2)
def _images(name: str, root: str | None, resolution: int) -> proxies.ImageSource:
    data = train.load(name, root, resolution)
    return proxies.ImageSource(name, data.train_images, data.train_labels, data.mean, data.std)


@dataclass(frozen=True)
class TrainJob:
    """One training of one architecture."""

    architecture: str
    dataset: str
    recipe: str
    epochs: int
    seed: int
    device: str
    data_root: str | None = None
    resolution: int | None = None
    train_limit: int | None = None
    checkpoint: str | None = None

    @property
    def digest(self) -> str:
        """A short name for this training, for its checkpoint."""
        return hashlib.sha256(repr(replace(self, device="", data_root=None, checkpoint=None)).encode()).hexdigest()[:16]

    def run(self, on_epoch: Callable[[train.Epoch], None] | None = None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """A row of the store's table `trainings` and its rows of `epochs`."""
        data = train.load(self.dataset, self.data_root, self.resolution, self.train_limit)
        done = train.train(
            space.parse(self.architecture),
            data,
            train.recipe(self.recipe),
            seed=self.seed,
            device=self.device,
            epochs=self.epochs,
            checkpoint=Path(self.checkpoint) if self.checkpoint else None,
            on_epoch=on_epoch,
        )
        key = {name: getattr(self, name) for name in ("architecture", "dataset", "recipe", "epochs", "seed")}
        key |= {"resolution": data.resolution, "train_images": len(data.train_images)}
        result = {
            name: getattr(done, name)
            for name in ("accuracy", "status", "reason", "seconds", "params", "macs", "device", "images_per_second")
        }
        return {**key, **result, "source": "trained"}, [{**key, **asdict(epoch)} for epoch in done.epochs]


Job = ScoreJob | TrainJob


def run_job(job: Job) -> Any:
    """Run a job: the function that executors are given, since workers can import it by name."""
    return job.run()

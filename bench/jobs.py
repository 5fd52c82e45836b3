"""Jobs: plain data that any process can run, and what comes back from them."""

import functools
import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from .. import proxies, space, train
from ..space import Architecture
from .errors import UsageError
from .executors.termination import until_terminated
from .rows import Row, size_columns

# What a row of a training takes from `train.Training`.
MEASURED = "accuracy", "status", "reason", "seconds", "params", "macs", "device", "precision", "images_per_second"


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

    def run(self) -> Row:
        """The score as a row of the store's table `scores`."""
        return self.scorer()(space.parse(self.architecture))

    def scorer(self) -> Callable[[Architecture], Row]:
        """What gives the row of any architecture under this job's settings: for many, as no job has to be made."""
        score = proxies.Scorer(
            self.proxy,
            seed=self.seed,
            resolution=self.resolution,
            batch_size=self.batch_size,
            num_classes=self.num_classes,
            protocol=self.protocol,
            device=self.device,
            images=None if self.data == "noise" else _images(self.data, self.data_root, self.resolution),
            limit=self.limit,
        )
        key = self.key
        return lambda architecture: self._row(key, architecture, score(architecture))

    def failed(self, reason: str) -> Row:
        """The row of a score that no worker outlived; how long it took is not known."""
        return self._row(self.key, space.parse(self.architecture), proxies.Score(None, "error", reason, 0.0))

    def _row(self, key: Row, architecture: Architecture, score: proxies.Score) -> Row:
        size = size_columns(space.cost(architecture, self.resolution, self.num_classes))
        return {**key, "architecture": self.architecture or str(architecture), **vars(score), **size}


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
    precision: str = "auto"
    compiled: bool = False
    readers: int | None = None
    evaluate_every: int | None = None

    @property
    def digest(self) -> str:
        """A short name for this training, for its checkpoint."""
        what = replace(self, device="", data_root=None, checkpoint=None, compiled=False, readers=None)
        return hashlib.sha256(repr(replace(what, evaluate_every=None)).encode()).hexdigest()[:16]

    def run(
        self, on_epoch: Callable[[train.Epoch], None] | None = None, group: train.Group = train.ALONE
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """A row of the store's table `trainings` and its rows of `epochs`.

        SIGTERM ends the process, but not before the training is saved.
        """
        with until_terminated() as stop:
            done = train.train(
                space.parse(self.architecture),
                self._load(),
                train.recipe(self.recipe),
                seed=self.seed,
                device=self.device,
                epochs=self.epochs,
                checkpoint=Path(self.checkpoint) if self.checkpoint else None,
                on_epoch=on_epoch,
                evaluate_every=self.evaluate_every,
                precision=self.precision,
                compiled=self.compiled,
                stop=stop,
                group=group,
            )
        key = self._key()
        row = {**key, **{name: getattr(done, name) for name in MEASURED}, "source": "trained"}
        return row, [{**key, **asdict(epoch)} for epoch in done.epochs]

    def failed(self, reason: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The row of a training that no worker outlived, without its epochs."""
        data = self._load()
        cost = space.cost(space.parse(self.architecture), data.resolution, data.num_classes)
        size = {"params": cost.params, "macs": cost.macs}
        what = {"status": "error", "reason": reason, "device": self.device, "source": "trained"}
        return {**self._key(), **size, **what}, []

    def _key(self) -> dict[str, Any]:
        data = self._load()
        key = {name: getattr(self, name) for name in ("architecture", "dataset", "recipe", "epochs", "seed")}
        return {**key, "resolution": data.resolution, "train_images": data.train_count}

    def _load(self) -> train.Images:
        return train.open_images(self.dataset, self.data_root, self.resolution, self.train_limit, workers=self.readers)

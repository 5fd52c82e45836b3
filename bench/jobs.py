"""Jobs: plain data that any process can run, and the rows that they return."""

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

# What the row of a training takes from `train.Training`.
TRAINING_COLUMNS = (
    *("accuracy", "status", "reason", "seconds", "params", "macs", "device", "precision"),
    "images_per_second",
)


@dataclass(frozen=True)
class Setting:
    """The conditions of a score: everything but its proxy and its architecture.

    `resolution` is in pixels, `limit` in seconds for each score. `data` is "noise", or the data set in `data_root`
    whose images the proxy sees.
    """

    space: str
    seed: int
    protocol: str
    resolution: int
    batch_size: int
    num_classes: int
    data: str
    device: str
    limit: float
    data_root: str | None = None

    def key(self, proxy: str) -> Row:
        """The columns that identify a score in the store, without the architecture."""
        columns = {name: value for name, value in vars(self).items() if name not in ("limit", "data_root")}
        return {"proxy": proxy, **columns}

    def check_images(self, proxy: str) -> None:
        """Raise UsageError if the images are too few for a proxy's batches, or more classes than the networks have."""
        if self.data == "noise":
            return
        data = train.load(self.data, self.data_root, self.resolution)
        count = len(data.train_images)
        entry = proxies.apply_protocol(self.protocol, proxies.get(proxy))
        wanted = entry.size(self.batch_size) * entry.batches if entry.takes_images else self.batch_size
        if wanted > count:
            raise UsageError(f"batch size {wanted} exceeds the {count} images of {self.data!r}")
        if self.num_classes < data.num_classes:
            raise UsageError(
                f"{self.data!r} has {data.num_classes} classes, the networks only {self.num_classes}; give them as many"
            )

    def scorer(self, proxy: str) -> Callable[[Architecture], Row]:
        """Make a function from an architecture to its row of the store's table `scores`, to be used many times."""
        score = proxies.Scorer(
            proxy,
            seed=self.seed,
            resolution=self.resolution,
            batch_size=self.batch_size,
            num_classes=self.num_classes,
            protocol=self.protocol,
            device=self.device,
            images=None if self.data == "noise" else _images(self.data, self.data_root, self.resolution),
            limit=self.limit,
        )
        key = self.key(proxy)
        return lambda architecture: self.row(key, architecture, score(architecture))

    def row(self, key: Row, architecture: Architecture, score: proxies.Score) -> Row:
        """A score as a row of the store's table `scores`; `key` is the one of its proxy."""
        size = size_columns(space.cost(architecture, self.resolution, self.num_classes))
        # No clock here is more exact than a microsecond, and more digits would double the size of the stored rows.
        seconds = {"seconds": round(score.seconds, 6)}
        told = {"version": proxies.version(key["proxy"])}
        return {**key, "architecture": str(architecture), **vars(score), **seconds, **size, **told}


@dataclass(frozen=True)
class ScoreJob:
    """One score of one architecture."""

    proxy: str
    architecture: str
    setting: Setting

    def run(self) -> Row:
        """Compute the score; return it as a row of the store's table `scores`."""
        return {**self.setting.scorer(self.proxy)(space.parse(self.architecture)), "architecture": self.architecture}

    def failed(self, reason: str) -> Row:
        """The row of a score that killed every worker; its time is not known."""
        score = proxies.Score(None, "error", reason, 0.0)
        row = self.setting.row(self.setting.key(self.proxy), space.parse(self.architecture), score)
        return {**row, "architecture": self.architecture}


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
    compile: bool = False
    readers: int | None = None
    evaluate_every: int | None = None

    @property
    def digest(self) -> str:
        """A short name of this training, for the file of its checkpoint."""
        what = replace(self, device="", data_root=None, checkpoint=None, compile=False, readers=None)
        return hashlib.sha256(repr(replace(what, evaluate_every=None)).encode()).hexdigest()[:16]

    def run(
        self, on_epoch: Callable[[train.Epoch], None] | None = None, group: train.Group = train.ALONE
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Train; return a row of the store's table `trainings` and its rows of `epochs`.

        SIGTERM ends the process once the training is saved.
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
                compile=self.compile,
                stop=stop,
                group=group,
            )
        key = self._key()
        row = {**key, **{name: getattr(done, name) for name in TRAINING_COLUMNS}, "source": "trained"}
        return row, [{**key, **asdict(epoch)} for epoch in done.epochs]

    def failed(self, reason: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The row of a training that killed every worker, without epochs."""
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
        return train.open_images(self.dataset, self.data_root, self.resolution, self.train_limit, readers=self.readers)

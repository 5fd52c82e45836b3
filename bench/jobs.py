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
from .executors.job import ANY_MEMORY, Limits
from .executors.termination import until_terminated
from .rows import Row, size_columns

# What the row of a training takes from `train.Training`.
TRAINING_COLUMNS = (
    *("accuracy", "status", "reason", "seconds", "params", "macs", "device", "precision"),
    "images_per_second",
)


CONTRACT_SECONDS = 120.0  # for all checks of a proxy; the slowest built-in one takes a tenth of this
UNSTORED = ("limit", "data_root", "memory")  # these conditions do not identify a score


@dataclass(frozen=True)
class Setting:
    """The conditions of a score: everything but its proxy and its architecture.

    `resolution` is in pixels, `limit` in seconds for each score, `memory` in bytes for the process that scores (None:
    its share of the machine's memory). `data` is "noise", or the data set in `data_root` whose images the proxy sees.
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
    memory: int | None = None

    def key(self, proxy: str) -> Row:
        """The columns that identify a score in the store, without the architecture."""
        columns = {name: value for name, value in vars(self).items() if name not in UNSTORED}
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
        shared = self.columns(proxy)
        return lambda architecture: self.row(shared, architecture, score(architecture))

    def columns(self, proxy: str) -> Row:
        """The columns that all score rows of a proxy share: its key, and the version of its code.

        The version is missing in a process that does not know a user's proxy and only tells how a worker ended.
        """
        known = proxy in proxies.names()
        return {**self.key(proxy), "version": proxies.version(proxy) if known else None}

    def row(self, shared: Row, architecture: Architecture, score: proxies.Score) -> Row:
        """A score as a row of the store's table `scores`; `shared` are the `columns` of its proxy."""
        try:
            size = size_columns(space.cost(architecture, self.resolution, self.num_classes))
        except space.SpaceError:  # a user's network that cannot run, as its score says too
            size = size_columns(None)
        # No clock here is more exact than a microsecond, and more digits would double the size of the stored rows.
        seconds = {"seconds": round(score.seconds, 6)}
        return {**shared, "architecture": str(architecture), **vars(score), **seconds, **size}


@dataclass(frozen=True)
class ScoreJob:
    """One score of one architecture."""

    proxy: str
    architecture: str
    setting: Setting

    @property
    def limits(self) -> Limits:
        """What a score may take."""
        return Limits(self.setting.limit, self.setting.memory)

    def prepare(self) -> None:
        """Load images and compile kernels."""
        self.setting.scorer(self.proxy)

    def run(self) -> Row:
        """Compute the score; return it as a row of the store's table `scores`."""
        return {**self.setting.scorer(self.proxy)(space.parse(self.architecture)), "architecture": self.architecture}

    def failed(self, reason: str) -> Row:
        """The row of a score that killed every worker; its time is not known."""
        return self._without_value("error", reason, 0.0)

    def overran(self, status: str, reason: str) -> Row:
        """The row of a score whose process was ended."""
        return self._without_value(status, reason, self.setting.limit if status == "timeout" else 0.0)

    def _without_value(self, status: str, reason: str, seconds: float) -> Row:
        score = proxies.Score(None, status, reason, seconds)
        row = self.setting.row(self.setting.columns(self.proxy), space.parse(self.architecture), score)
        return {**row, "architecture": self.architecture}


@dataclass(frozen=True)
class ContractJob:
    """The checks of a proxy's contract; see `proxies.check`."""

    proxy: str
    device: str

    @property
    def limits(self) -> Limits:
        """What all checks together may take: a proxy scores the tiny networks in milliseconds."""
        return Limits(CONTRACT_SECONDS)

    def prepare(self) -> None:
        """Do nothing: the first score compiles kernels, within the limit."""

    def run(self) -> list[proxies.Check]:
        """Run all checks."""
        return list(proxies.check(self.proxy, self.device))

    def failed(self, reason: str) -> list[proxies.Check]:
        """One failed check, which says that the proxy killed every process."""
        return [proxies.Check("ends as a function does", False, reason)]

    def overran(self, _status: str, reason: str) -> list[proxies.Check]:
        """One failed check, which says what the proxy took too much of."""
        return self.failed(f"{reason} in the checks, which score tiny networks")


@dataclass(frozen=True)
class ModelJob:
    """One score of a module of one's own; runs in this process only, because a module is no plain data."""

    proxy: str
    model: space.Model
    setting: Setting

    def run(self) -> Row:
        """Compute the score, as a row of the store's table `scores`."""
        return self.setting.scorer(self.proxy)(self.model)

    def failed(self, reason: str) -> Row:
        """The row of a score that could not be computed."""
        score = proxies.Score(None, "error", reason, 0.0)
        return self.setting.row(self.setting.columns(self.proxy), self.model, score)


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
    limit: float | None = None

    @property
    def limits(self) -> Limits:
        """What a training may take: `limit` seconds, and any memory."""
        return Limits(self.limit, ANY_MEMORY)

    def prepare(self) -> None:
        """Load the images."""
        self._load()

    @property
    def digest(self) -> str:
        """A short name of this training, for the file of its checkpoint."""
        what = replace(self, device="", data_root=None, checkpoint=None, compile=False, readers=None)
        fields = asdict(replace(what, evaluate_every=None))
        del fields["limit"]
        described = f"TrainJob({', '.join(f'{name}={value!r}' for name, value in fields.items())})"
        return hashlib.sha256(described.encode()).hexdigest()[:16]

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
        return self._without_accuracy("error", reason)

    def overran(self, status: str, reason: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The row of a training whose process was ended, without epochs; its checkpoint is kept."""
        return self._without_accuracy(status, reason)

    def _without_accuracy(self, status: str, reason: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        data = self._load()
        cost = space.cost(space.parse(self.architecture), data.resolution, data.num_classes)
        size = {"params": cost.params, "macs": cost.macs}
        what = {"status": status, "reason": reason, "device": self.device, "source": "trained"}
        return {**self._key(), **size, **what}, []

    def _key(self) -> dict[str, Any]:
        data = self._load()
        key = {name: getattr(self, name) for name in ("architecture", "dataset", "recipe", "epochs", "seed")}
        return {**key, "resolution": data.resolution, "train_images": data.train_count}

    def _load(self) -> train.Images:
        return train.open_images(self.dataset, self.data_root, self.resolution, self.train_limit, readers=self.readers)

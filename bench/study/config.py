"""The configuration of a study. It is validated, and every default is visible here."""

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationError, model_validator

from ... import proxies, space
from ...names import did_you_mean
from ...search import STRATEGIES, Budget
from ...space import Architecture, Space, SuperBlockSpace
from ...train import DATASETS, RECIPES, STREAMED, count_classes
from .. import toml
from ..errors import UsageError, one_line
from ..plugins import CombinationConfig, register
from ..ranges import MAX_INTEGER, MAX_SEED, MAX_SIDE, batch_problem
from ..strict import StrictModel, first_problem

Positive = Annotated[int, Field(gt=0, le=MAX_INTEGER)]
Side = Annotated[int, Field(gt=0, le=MAX_SIDE)]  # of images, in pixels
MAX_SECONDS = 30 * 86_400.0
PRESETS = __package__.rpartition(".")[0]  # the package whose folder `presets` holds them
ALL = "all"  # the value of `correlation.architectures` that means the whole space


def _check_distinct(values: list[Any]) -> list[Any]:
    for value in values:
        if values.count(value) > 1:
            raise ValueError(f"{value} is given twice")
    return values


Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Seeds = Annotated[list[Seed], Field(min_length=1), AfterValidator(_check_distinct)]
Names = Annotated[list[str], Field(min_length=1), AfterValidator(_check_distinct)]


class SpaceConfig(StrictModel):
    """The search space."""

    name: str = "resnet"
    initial: str | None = None  # text of an architecture; None: the one of the space


class BudgetConfig(StrictModel):
    """What a candidate may cost at most; None means no limit."""

    params: Positive | None = None
    macs: Positive | None = None
    layers: Positive | None = None
    effectiveness: Annotated[float, Field(gt=0)] | None = None
    latency_ms: Annotated[float, Field(gt=0)] | None = None  # per image, on the study's device; see LatencyConfig
    resolution: Side = 32  # pixels, for MACs and latency
    num_classes: Positive = 10


class LatencyConfig(StrictModel):
    """How latency is measured if the budget limits it. The precision is FP16 on a GPU, float32 on a CPU."""

    batch_size: Positive = 64
    repeats: Annotated[int, Field(ge=3, le=MAX_INTEGER)] = 20  # of each network; the median is used
    networks: Annotated[int, Field(ge=0, le=MAX_INTEGER)] = 20  # random ones, which show the error of the predictor


class SearchConfig(StrictModel):
    """The searches, which are the same for every proxy."""

    strategies: Names = ["evolution"]
    evaluations: Annotated[int, Field(ge=0, le=MAX_INTEGER)] = 300  # candidates scored; 0: no search, correlations only
    population: Positive = 64
    lag: Positive = 8  # candidates in flight, for any number of workers

    @model_validator(mode="before")
    @classmethod
    def _accept_strategy(cls, raw: Any) -> Any:
        """Accept `strategy = "…"`, which earlier versions wrote."""
        if not isinstance(raw, dict) or "strategy" not in raw or "strategies" in raw:
            return raw
        return {key: value for key, value in raw.items() if key != "strategy"} | {"strategies": [raw["strategy"]]}


class ScoreOverride(StrictModel):
    """Settings for the scores of one proxy, in place of those of the study."""

    resolution: Side | None = None
    batch_size: Positive | None = None
    data: str | None = None


class ScoreConfig(StrictModel):
    """How scores are computed."""

    protocol: str = "published"
    # The seed of the scores in searches, and the first seed of the sample's scores. It is not the seed of a search:
    # searches with different seeds share the stored scores of the candidates that they have in common.
    seed: Seed = 0
    resolution: Side = 32  # pixels
    batch_size: Positive = 64
    data: str = "noise"  # or the name of a data set
    limit: Annotated[float, Field(gt=0, le=MAX_SECONDS)] = 120.0  # seconds per score
    # Gigabytes (10⁹ bytes) for a process that scores; None: its share of 80 % of the memory that is free at the start.
    memory: Annotated[float, Field(gt=0, le=1e6)] | None = None
    overrides: dict[str, ScoreOverride] = {}  # by name of the proxy


class TrainConfig(StrictModel):
    """How winners and samples are trained."""

    datasets: Annotated[list[str], AfterValidator(_check_distinct)] = ["digits"]  # empty: nothing is trained
    data_root: str | None = None
    download: bool = False  # fetch CIFAR into data_root if it is not there
    resolution: Side | None = None  # pixels; None: the data set's own
    train_limit: Positive | None = None  # training images used; None: all
    recipe: str = "fast"
    epochs: Positive | None = None  # None: the recipe's own
    precision: Literal["auto", "float32", "bfloat16"] = "auto"  # of convolutions
    compile: bool = False  # compile the networks with torch.compile
    readers: Annotated[int, Field(ge=0, le=MAX_INTEGER)] | None = None  # processes that read files for one training
    limit: Annotated[float, Field(gt=0, le=MAX_SECONDS)] = MAX_SECONDS  # seconds per training
    seeds: Seeds = [0]


class CorrelationConfig(StrictModel):
    """The sample of architectures over which scores are compared with accuracies."""

    samples: Annotated[int, Field(ge=0, le=MAX_INTEGER)] = 40
    seed: Seed = 0  # of the sample
    repeats: Positive = 3  # seeds for the scores of each architecture; statistics use the mean over these
    # Architectures of the sample that are also trained with a second and a third seed: how reliable is an accuracy?
    replicates: Annotated[int, Field(ge=0, le=MAX_INTEGER)] = 0
    # Architectures drawn from the final populations of the searches, among which a search decides. They are correlated
    # separately.
    top: Annotated[int, Field(ge=0, le=MAX_INTEGER)] = 0
    # A file with architectures to use in place of a random sample; or "all": every architecture of a space that can be
    # listed, each once even if it can be written in several ways.
    architectures: str | None = None


class StudyConfig(StrictModel):
    """A study: one search for each proxy, strategy and seed, all under the same budget."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    description: str = ""
    proxies: Names
    seeds: Seeds = [0]
    # Threads of one job. Unlike the number of workers, it does not depend on the machine: sums over another number of
    # threads differ in their last bits, and so do scores, and perhaps winners.
    threads: Positive = 1
    # SHA-256 of the files with users' proxies: a study must not mix the scores of two versions of a proxy.
    sources: dict[str, str] = {}
    combinations: dict[str, CombinationConfig] = {}  # by name; they can be used like any other proxy of this study
    table: str | None = None  # CSV of a tabular benchmark: accuracies are looked up in it, and nothing is trained
    table_columns: Annotated[list[str], AfterValidator(_check_distinct)] = []  # its accuracies; empty: all
    space: SpaceConfig = SpaceConfig()
    budget: BudgetConfig = BudgetConfig()
    latency: LatencyConfig = LatencyConfig()
    search: SearchConfig = SearchConfig()
    score: ScoreConfig = ScoreConfig()
    train: TrainConfig = TrainConfig()
    correlation: CorrelationConfig = CorrelationConfig()

    @model_validator(mode="after")
    def _check_names(self) -> "StudyConfig":
        names = [*proxies.names(), *self.combinations]
        for name in self.proxies:
            if name in self.sources and name not in names:
                raise ValueError(f"proxies: {name!r} comes from a file of yours; name this file with --import")
        _check_known("proxies", self.proxies, names)
        _check_known("space.name", [self.space.name], space.SPACES)
        _check_known("search.strategies", self.search.strategies, STRATEGIES)
        _check_known("score.protocol", [self.score.protocol], proxies.PROTOCOLS)
        images = ["noise", *(name for name in DATASETS if name not in STREAMED)]
        _check_known("score.data", [self.score.data], images)
        _check_known("score.overrides", list(self.score.overrides), names)
        for name, override in self.score.overrides.items():
            _check_known(f"score.overrides.{name}.data", [override.data or "noise"], images)
        _check_known("train.datasets", self.train.datasets, DATASETS)
        _check_known("train.recipe", [self.train.recipe], RECIPES)
        _check_batches(self.score)
        if self.table_columns and self.table is None:
            raise ValueError("table_columns: give a table with them")
        within = self.search_space()
        if self.correlation.architectures == ALL and within.size is None:
            raise ValueError(
                f"correlation.architectures: 'all' needs a space that can be listed, and {within.name!r} cannot"
            )
        if RECIPES[self.train.recipe].structures_only and not isinstance(within, SuperBlockSpace):
            raise ValueError(f"train.recipe: {self.train.recipe!r} is for super-block spaces, not {self.space.name!r}")
        if self.budget.effectiveness is not None and not isinstance(within, SuperBlockSpace):
            raise ValueError(f"budget.effectiveness: defined for super-block spaces only, not {self.space.name!r}")
        if self.budget.latency_ms is not None and not isinstance(within, SuperBlockSpace):
            raise ValueError(f"budget.latency_ms: predicted for super-block spaces only, not {self.space.name!r}")
        return self

    @property
    def epochs(self) -> int:
        """Number of epochs of a training."""
        return self.train.epochs or RECIPES[self.train.recipe].epochs

    def search_space(self) -> Space:
        """The space, with the initial architecture of the study if it has one."""
        found = space.get(self.space.name)
        if self.space.initial is None:
            return found
        try:
            return found.starting_from(self.space.initial)
        except ValueError as error:
            raise ValueError(f"space.initial: {error}") from None

    def limits(self, latency: Callable[[Architecture], float] | None = None) -> Budget:
        """The budget for searches. A limit of latency is kept only if its predictor is given."""
        limits = self.budget.model_dump()
        return Budget(**{**limits, "latency_ms": limits["latency_ms"] if latency else None}, latency=latency)

    def to_toml(self) -> str:
        """The resolved configuration with every default; values that are None are left out, as TOML has no null."""
        return toml.dumps(self.model_dump(exclude_none=True))


def _check_known(key: str, names: list[str], known: Any) -> None:
    for name in names:
        if name not in known:
            raise ValueError(f"{key}: unknown {name!r}; there are: {', '.join(known)}{did_you_mean(name, known)}")


def _check_batches(score: ScoreConfig) -> None:
    for name, own in {"": ScoreOverride(), **score.overrides}.items():
        problem = batch_problem(own.batch_size or score.batch_size, own.resolution or score.resolution)
        if problem:
            raise ValueError(f"score{f'.overrides.{name}' * bool(name)}: {problem}")


def presets() -> dict[str, str]:
    """The preset studies: their names and descriptions."""
    folder = resources.files(PRESETS) / "presets"
    found = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return {name: toml.loads((folder / f"{name}.toml").read_text("utf-8"))["description"] for name in found}


def load(
    preset_or_file: str, settings: list[str], sources: dict[str, str] | None = None, data_root: str | None = None
) -> StudyConfig:
    """Read the study of a preset or of a TOML file; then apply `key=value` settings and add the user's proxies.

    Its combinations are registered as proxies. `sources` are the names of the user's proxies with the digests of their
    files. Raises UsageError with the key.
    """
    raw = _read(preset_or_file)
    for setting in settings:
        _apply(raw, setting)
    if data_root is not None:
        _apply(raw, "train.data_root=''")
        raw["train"]["data_root"] = data_root
    if sources:
        raw["sources"] = sources
    listed = raw.get("proxies", [])
    if isinstance(listed, list):
        raw["proxies"] = listed + [name for name in sources or {} if name not in listed]
    config = _with_classes(validate(raw, preset_or_file), raw)
    try:
        register(config.combinations)
    except ValueError as error:
        raise UsageError(f"{preset_or_file}: {error}") from None
    return config


def _with_classes(config: StudyConfig, raw: dict[str, Any]) -> StudyConfig:
    """Give the networks as many classes as the images have that they are scored on, unless the study says how many."""
    if config.score.data == "noise" or "num_classes" in raw.get("budget", {}):
        return config
    classes = count_classes(config.score.data, config.train.data_root)
    return config.model_copy(update={"budget": config.budget.model_copy(update={"num_classes": classes})})


def validate(raw: dict[str, Any], source: str) -> StudyConfig:
    """Make a study of raw values. Raises UsageError with `source` and the key."""
    try:
        return StudyConfig.model_validate(raw)
    except ValidationError as error:
        raise UsageError(f"{source}: {first_problem(error, StudyConfig)}") from None


def _read(preset_or_file: str) -> dict[str, Any]:
    if preset_or_file in presets():
        return toml.loads((resources.files(PRESETS) / "presets" / f"{preset_or_file}.toml").read_text("utf-8"))
    path = Path(preset_or_file)
    if path.suffix != ".toml":
        there = f"there are: {', '.join(presets())}, or a .toml file"
        raise UsageError(f"unknown preset {preset_or_file!r}; {there}{did_you_mean(preset_or_file, presets())}")
    return toml.read(path)


def _apply(raw: dict[str, Any], setting: str) -> None:
    key, separator, text = setting.partition("=")
    if not separator or not key:
        raise UsageError(f"--set {setting}: expected key=value, e.g. search.evaluations=100")
    if len(setting.splitlines()) > 1:
        first = setting.splitlines()[0]
        raise UsageError(f"--set {first[:60]}…: more than one line; give --set once for each setting")
    try:
        value = toml.loads(f"value = {text}")["value"]
    except toml.TOMLDecodeError:
        value = text  # a bare word is text: TOML would need quotes, which shells remove
    except (RecursionError, ValueError) as error:
        what = "nested too deeply" if isinstance(error, RecursionError) else one_line(error)
        raise UsageError(f"--set {key[:60]}: {what}") from None
    *tables, last = key.split(".")
    place = raw
    for table in tables:
        place = place.setdefault(table, {})
        if not isinstance(place, dict):
            raise UsageError(f"--set {setting}: {table!r} is a single value, not a section")
    if key == "space.name" and place.get(last) != value:
        place.pop("initial", None)  # of the space that this one replaces
    place[last] = value

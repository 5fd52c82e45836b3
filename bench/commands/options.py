"""Options that several commands share, and the values that they stand for."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

import typer

from ... import proxies, space
from ...names import unknown_name
from ...train import DATASETS, STREAMED, count_classes, load
from ..devices import DEVICES, resolve_device
from ..errors import UsageError
from ..files import file_digest
from ..images import tell_passed_over
from ..jobs import Setting
from ..plugins import load_proxies
from ..ranges import MAX_INTEGER, MAX_SEED, MAX_SIDE, batch_problem
from ..study.config import MAX_SECONDS
from ..tabular.architectures import read_any


def choices(names: Iterable[str]) -> str:
    """How `--help` shows what an option takes: the names in brackets."""
    return f"[{'|'.join(names)}]"


SCORE_DATA = ("noise", *(name for name in DATASETS if name not in STREAMED))  # images that scores can be computed on

SpaceName = Annotated[str, typer.Option("--space", metavar=choices(space.SPACES), help="Search space.")]
ProxyNames = Annotated[
    str, typer.Option("--proxy", help="A proxy, or several separated by commas; see `zsbench list proxies`.")
]
Seed = Annotated[int, typer.Option("--seed", min=0, max=MAX_SEED, help="Random seed; equal seeds give equal results.")]
Resolution = Annotated[
    int | None,
    typer.Option("--resolution", min=1, max=MAX_SIDE, help="Side of the images in pixels; default: that of the space."),
]
BatchSize = Annotated[int, typer.Option("--batch-size", min=1, max=MAX_INTEGER, help="Images in a batch.")]
NumClasses = Annotated[
    int | None,
    typer.Option(
        "--num-classes",
        min=1,
        max=MAX_INTEGER,
        help="Classes of the networks; default: of --data, or the space.",
    ),
]
ProtocolName = Annotated[
    Literal["published", "uniform"],
    typer.Option(
        "--protocol",
        metavar=choices(proxies.PROTOCOLS),
        help="published: the conditions of each proxy's paper; uniform: the same conditions for all proxies.",
    ),
]
DataName = Annotated[
    str,
    typer.Option(
        "--data", metavar=choices(SCORE_DATA), help="Images that the proxies see; see `zsbench list datasets`."
    ),
]
DataRoot = Annotated[str | None, typer.Option("--data-root", help="Folder that holds the files of the data set.")]
Table = Annotated[
    str | None,
    typer.Option(
        "--table",
        help="CSV: a column of architectures and one for each data set; or a table of `zsbench list tables`.",
    ),
]
Imports = Annotated[
    list[Path] | None,
    typer.Option(
        "--import",
        help="Python file that adds proxies, a space or recipes, or TOML file with combinations. Repeatable.",
    ),
]
Workers = Annotated[
    int | None,
    typer.Option("--workers", min=1, help="Jobs that run at the same time; default: one per core, or one per GPU."),
]
Device = Annotated[
    str,
    typer.Option("--device", metavar=choices(DEVICES), help="Where jobs compute; auto: on a GPU if there is one."),
]
Out = Annotated[Path, typer.Option("--out", help="Folder for the results. Run again with the same one to continue.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object per line.")]
Limit = Annotated[
    float, typer.Option("--limit", min=0.001, max=MAX_SECONDS, help="Time limit of each score, in seconds.")
]


def load_imports(paths: Sequence[Path] | None) -> dict[str, str]:
    """Run the user's files; return the names of the proxies that they register, with the SHA-256 of their file."""
    try:
        loaded = {path: load_proxies(path) for path in paths or ()}
    except ValueError as error:
        raise UsageError(f"--import {error}") from None
    digests = {path: file_digest(path) for path in loaded}
    return {name: digests[path] for path, names in loaded.items() for name in names}


def proxy_names(text: str, source: str = "--proxy") -> list[str]:
    """The proxies of a comma-separated list; a UsageError begins with `source`, which says where the list stands."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UsageError(f"{source}: name at least one proxy")
    try:
        return [proxies.get(name).name for name in names]
    except ValueError as error:
        raise UsageError(f"{source}: {error} (--import FILE adds those of a file)") from None


def one_proxy(text: str, otherwise: str, source: str = "--proxy") -> str:
    """The proxy of a name; UsageError `otherwise` where several are named."""
    names = proxy_names(text, source)
    if len(names) != 1:
        raise UsageError(otherwise)
    return names[0]


def space_named(name: str) -> space.Space:
    """Look up a space by its name. Raises UsageError if there is none."""
    try:
        return space.get(name)
    except ValueError as error:
        raise UsageError(f"--space: {error}") from None


def architectures(texts: Iterable[str], within: space.Space | space.Collection | None) -> list[space.Architecture]:
    """Read architectures; `@FILE` stands for all of a file. Raises UsageError."""
    found = []
    for text in texts:
        lines = read_any(text[1:], within) if text.startswith("@") else [text]
        if not lines:
            raise UsageError(f"{text[1:]}: the file has no architectures")
        found += [_architecture(line, within) for line in lines]
    return found


def architecture(text: str) -> space.Architecture:
    """Read one architecture, or `@FILE` that holds one. Raises UsageError."""
    found = architectures([text], None)
    if len(found) > 1:
        raise UsageError(f"{text[1:]}: the file holds {len(found)} architectures; this command takes one")
    return found[0]


def _architecture(text: str, within: space.Space | space.Collection | None) -> space.Architecture:
    try:
        return within.parse(text) if within else space.parse(text)
    except ValueError as error:
        raise UsageError(f"architecture {_shortened(text)}: {error}") from None


def device(name: str) -> str:
    """The device, `cpu` or `cuda`, for `auto`, `cpu` or `cuda`. Raises UsageError if it is not here."""
    try:
        return resolve_device(name)
    except ValueError as error:
        raise UsageError(f"--device {error}") from None


@dataclass(frozen=True)
class ScoreOptions:
    """The options that say how a score is computed; see `with_score_options`."""

    seed: Seed = 0
    resolution: Resolution = None
    batch_size: BatchSize = 64
    num_classes: NumClasses = None
    protocol: ProtocolName = "published"
    data: DataName = "noise"
    data_root: DataRoot = None
    limit: Limit = 120.0
    device: Device = "auto"

    def setting_of_model(self, model: space.Model, names: Sequence[str]) -> Setting:
        """The setting of scores of a module of one's own."""
        own = {"space": "model", "resolution": model.shape[-1], "num_classes": model.num_classes}
        return self._checked(Setting(**{**vars(self), **own, "device": device(self.device)}), names)

    def classes(self, within: space.Space | space.Collection) -> int:
        """Classes of the networks: as told, else those of the images, else those of the space."""
        if self.num_classes is not None:
            return self.num_classes
        if self.data == "noise" or self.data in STREAMED:
            return within.num_classes
        return count_classes(self.data, self.data_root)

    def setting(self, within: space.Space | space.Collection, names: Sequence[str]) -> Setting:
        """The setting of scores in a space. Raises UsageError if its images do not suit the proxies `names`."""
        if self.data not in SCORE_DATA and self.data not in DATASETS:
            raise UsageError(f"--data: {unknown_name('data set', self.data, SCORE_DATA)}")
        problem = batch_problem(self.batch_size, self.resolution or within.resolution)
        if problem:
            raise UsageError(f"--batch-size, --resolution: {problem}")
        given = {**vars(self), "resolution": self.resolution or within.resolution, "device": device(self.device)}
        setting = Setting(**{**given, "space": within.name, "num_classes": self.classes(within)})
        return self._checked(setting, names)

    def _checked(self, setting: Setting, names: Sequence[str]) -> Setting:
        for name in names:
            setting.check_images(name)
        if self.data != "noise":
            tell_passed_over(load(self.data, self.data_root, setting.resolution))
        return setting


def with_score_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command every field of `ScoreOptions` as an option of its own, in place of its parameter `how`."""
    hints = get_type_hints(ScoreOptions, include_extras=True)
    own = {field.name: field.default for field in fields(ScoreOptions)}

    @wraps(command)
    def spread(**given: Any) -> None:
        command(how=ScoreOptions(**{name: given.pop(name) for name in own}), **given)

    parameters = []
    for parameter in signature(command).parameters.values():
        if parameter.name == "how":
            parameters += [
                Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=hints[name])
                for name, default in own.items()
            ]
        else:
            parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY))
    spread.__signature__ = signature(command).replace(parameters=parameters)  # type: ignore[attr-defined]
    spread.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return spread


def _shortened(text: str) -> str:
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return repr(shown)

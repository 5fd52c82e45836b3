"""Options that several commands share, and how their values are read."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from ... import proxies, space
from ..devices import resolve_device
from ..errors import UsageError
from ..files import file_digest
from ..jobs import ScoreJob
from ..plugins import load_proxies
from ..study.config import MAX_SECONDS

SpaceName = Annotated[str, typer.Option("--space", help="Search space; see `zsbench list spaces`.")]
ProxyNames = Annotated[str, typer.Option("--proxy", help="Proxy, or several with commas between.")]
Seed = Annotated[int, typer.Option("--seed", min=0)]
Resolution = Annotated[int | None, typer.Option("--resolution", min=1, help="Pixels; default: the space's.")]
BatchSize = Annotated[int, typer.Option("--batch-size", min=1)]
NumClasses = Annotated[int | None, typer.Option("--num-classes", min=1, help="Default: the space's.")]
ProtocolName = Annotated[str, typer.Option("--protocol", help="published or uniform.")]
DataName = Annotated[str, typer.Option("--data", help="noise, or a data set; see `zsbench list datasets`.")]
DataRoot = Annotated[str | None, typer.Option("--data-root", help="Folder that holds the data set.")]
Imports = Annotated[
    list[Path] | None,
    typer.Option("--import", help="Python file that adds proxies or recipes, or TOML with combinations."),
]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="Jobs at a time; default: one a core, or one a GPU.")
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu or cuda.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for results; run again on it to go on.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON object a line.")]
Limit = Annotated[float, typer.Option("--limit", min=0.001, max=MAX_SECONDS, help="Seconds a score may take.")]


def load_imports(paths: Sequence[Path] | None) -> dict[str, str]:
    """Run the user's files; the names of the proxies that they register, with the SHA-256 of their file."""
    try:
        loaded = {path: load_proxies(path) for path in paths or ()}
    except ValueError as error:
        raise UsageError(error) from None
    digests = {path: file_digest(path) for path in loaded}
    return {name: digests[path] for path, names in loaded.items() for name in names}


def proxy_names(text: str) -> list[str]:
    """The proxies of a comma-separated list."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if not names:
        raise UsageError("--proxy: name at least one proxy")
    try:
        return [proxies.get(name).name for name in names]
    except ValueError as error:
        raise UsageError(f"--proxy: {error}; --import FILE adds others") from None


def one_proxy(text: str, otherwise: str) -> str:
    """The proxy of a name; UsageError `otherwise` where several are named."""
    names = proxy_names(text)
    if len(names) != 1:
        raise UsageError(otherwise)
    return names[0]


def space_named(name: str) -> space.Space:
    """The space of a name."""
    try:
        return space.get(name)
    except ValueError as error:
        raise UsageError(f"--space: {error}") from None


def architecture(text: str, within: space.Space | None = None) -> space.Architecture:
    """Read an architecture, of a space where one is given."""
    try:
        return within.parse(text) if within else space.parse(text)
    except ValueError as error:
        raise UsageError(f"architecture {_shortened(text)}: {error}") from None


def device(name: str) -> str:
    """The device of `auto`, `cpu` or `cuda`."""
    try:
        return resolve_device(name)
    except ValueError as error:
        raise UsageError(f"--device {error}") from None


@dataclass(frozen=True)
class ScoreSettings:
    """The options that say how a score is computed."""

    seed: int
    resolution: int | None
    batch_size: int
    num_classes: int | None
    protocol: str
    data: str
    data_root: str | None
    limit: float
    device: str

    def job(self, within: space.Space, names: Sequence[str]) -> ScoreJob:
        """The job of any score in a space by the proxies `names`, all but its proxy and architecture."""
        if self.protocol not in proxies.PROTOCOLS:
            raise UsageError(f"--protocol {self.protocol}: choose {' or '.join(proxies.PROTOCOLS)}")
        given = {**asdict(self), "space": within.name, "proxy": "", "architecture": ""}
        given["resolution"] = self.resolution or within.resolution
        given["num_classes"] = self.num_classes or within.num_classes
        job = ScoreJob(**given)
        for name in names:
            replace(job, proxy=name).check_images()
        return job


def _shortened(text: str) -> str:
    shown = text if len(text) <= 60 else f"{text[:57]}..."
    return repr(shown)

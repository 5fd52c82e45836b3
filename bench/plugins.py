"""What users add: files with proxies and recipes, and combinations of proxies.

Each process that scores needs them: that of the command, and every worker (see `executors.worker`).
"""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from .. import proxies, space
from ..proxies import How
from ..train import RECIPES
from . import toml
from .strict import StrictModel, first_problem


class CombinationConfig(StrictModel):
    """A proxy made of others; see `proxies.combine`."""

    proxies: Annotated[list[str], Field(min_length=2)]
    how: How = "rank_sum"
    weights: list[float] | None = None


def register(combinations: Mapping[str, CombinationConfig]) -> None:
    """Register combinations as proxies in this process. The ValueError for a bad one names it."""
    for name, entry in combinations.items():
        try:
            proxies.combine(name, entry.proxies, entry.how, entry.weights)
        except ValueError as error:
            raise ValueError(f"combinations.{name}: {error}") from None


class _Combinations(StrictModel):
    combinations: Annotated[dict[str, CombinationConfig], Field(min_length=1)]


def load_proxies(path: str | Path) -> list[str]:
    """Load the proxies of a user's file, and return their names.

    The file is a Python file that registers proxies, adds recipes to `train.RECIPES` or defines a space, or a TOML file
    with combinations. Raises ValueError, in one line, if the file has none of these or cannot be read.
    """
    if Path(path).suffix != ".toml":
        before = {**RECIPES, **space.SPACES}
        names = proxies.load_file(path, required=False)
        space.add_functions(proxies.module_of(path), Path(path).stem)
        if not names and all(before.get(name) is entry for name, entry in {**RECIPES, **space.SPACES}.items()):
            raise ValueError(
                f"{path}: the file registers no proxy, and adds no space and no recipe; decorate a function with "
                "@proxy(...), define `initial`, `mutate` and `build`, or set train.RECIPES[NAME]"
            )
        return names
    try:
        found = _Combinations.model_validate(toml.read(Path(path))).combinations
    except ValidationError as error:
        raise ValueError(f"{path}: {first_problem(error, _Combinations)}") from None
    register(found)
    return list(found)


@dataclass(frozen=True)
class ProxyFile:
    """A user's proxy file as it was when the run began."""

    path: str
    content: bytes

    def load(self) -> None:
        """Register its proxies; from a copy if the file has changed or is missing, as it may be on another machine."""
        path = Path(self.path)
        if path.is_file() and path.read_bytes() == self.content:
            load_proxies(path)
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            copy.write_bytes(self.content)
            for name in load_proxies(copy):
                proxies.version(name)  # now, and kept: score rows name it, and it cannot be read when the copy is gone

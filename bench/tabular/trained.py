"""Tables of trained networks that ship with zsbench: accuracies, and the scores of every built-in proxy.

Each is a folder of `bench/tabular/shipped` with rows as `results.write_rows` writes them. To drop in a folder is to add
a table. `zsbench make-table` makes one from a study.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from ... import results
from ...results import Store, facts
from ...space import Space
from ..errors import UsageError
from ..files import file_digest

FOLDER = Path(__file__).parent / "shipped"


@dataclass(frozen=True)
class TrainedTable:
    """A table that ships; `folder` holds its rows."""

    name: str
    folder: Path

    @property
    def file(self) -> Path:
        """The file that tells one version of the table from another."""
        return self._path("trainings") if self.has_accuracies else self._path("scores")

    @property
    def has_accuracies(self) -> bool:
        """Whether the table holds accuracies, or only scores."""
        return self._path("trainings").exists()

    @cached_property
    def facts(self) -> dict[str, Any]:
        """What the table says about itself: see `results.facts`."""
        frame = pd.read_csv(self.folder / "settings.csv")
        return facts.parsed(dict(zip(frame["key"], frame["value"], strict=True)))

    @property
    def space(self) -> str:
        """The search space of its networks."""
        return str(self.facts[facts.SPACE])

    @property
    def summary(self) -> str:
        """One line: how many networks, of which space, and what is known of them."""
        known = "accuracies and scores" if self.has_accuracies else "scores; its accuracies are a file of yours"
        return f"{len(self.samples()):,} networks of {self.space}: {known}"

    def open(self) -> AbstractContextManager[Store]:
        """Its rows, to be read."""
        return results.open_rows(self.folder)

    def samples(self) -> pd.DataFrame:
        """The random networks, with their sizes."""
        frame = pd.read_csv(self._path("samples"), dtype={"architecture": str})
        return frame[frame["stratum"] == results.STRATUM].reset_index(drop=True)

    def accuracies(self) -> pd.DataFrame:
        """The accuracies in percent of the random networks: `architecture, dataset, accuracy`."""
        if not self.has_accuracies:
            raise UsageError(f"table {self.name}: it holds scores only; give its accuracies as a file (docs/tables.md)")
        with self.open() as store:
            return results.accuracies(store, self.samples()["architecture"])

    def _path(self, name: str) -> Path:
        packed = self.folder / f"{name}.csv.xz"
        return packed if packed.exists() else self.folder / f"{name}.csv"


def tables() -> dict[str, TrainedTable]:
    """The tables that ship, by name."""
    folders = sorted(path for path in FOLDER.iterdir() if results.has_rows(path)) if FOLDER.is_dir() else []
    return {path.name: TrainedTable(path.name, path) for path in folders}


def is_name(path: str | Path) -> bool:
    """Whether this names a table that ships, and no file."""
    return str(path) in tables() and not Path(path).is_file()


def find(name: str) -> TrainedTable:
    """The table of a name; UsageError lists the names there are."""
    known = tables()
    if name not in known:
        raise UsageError(f"no table {name!r}; there are: {', '.join(known)}")
    return known[name]


def default() -> TrainedTable:
    """The table with accuracies that has the most networks."""
    return max((table for table in tables().values() if table.has_accuracies), key=lambda table: len(table.samples()))


def read(name: str, within: Space[Any], columns: Sequence[str] = (), first: bool = False) -> pd.DataFrame:
    """The accuracies of a table that ships: of the data sets `columns`, of the `first`, or of all."""
    table = find(name)
    if table.space != within.name:
        raise UsageError(f"table {name}: it is of space {table.space!r}, not {within.name!r}")
    accuracies = table.accuracies()
    datasets = sorted(accuracies["dataset"].unique())
    for column in columns:
        if column not in datasets:
            raise UsageError(f"table {name}: no data set {column!r}; there are: {', '.join(datasets)}")
    wanted = list(columns) or datasets[: 1 if first else None]
    return accuracies[accuracies["dataset"].isin(wanted)].reset_index(drop=True)


def table_digest(path: str | Path) -> str:
    """SHA-256 of the file of a table, which may be the name of one that ships."""
    return file_digest(find(str(path)).file if is_name(path) else path)

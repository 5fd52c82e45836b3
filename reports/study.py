"""A stored study in a notebook: its rows as frames, and its figures."""

import os
from pathlib import Path
from types import TracebackType

import pandas as pd
from matplotlib.figure import Figure

from .. import results
from ..results import StoreError
from .plots import panels
from .scatter import scatter_grid, scatter_single
from .wide import wide


class StoredStudy:
    """What a study measured; a context manager. It is read only: nothing here measures or changes anything.

    Frames are those of `zsbench.results`, which says what their columns are.
    """

    def __init__(self, folder: str | os.PathLike[str]):
        self.folder = Path(folder)
        self._opened = results.open_study(self.folder)
        self.store = self._opened.__enter__()

    def table(self) -> pd.DataFrame:
        """The comparison, one row per proxy and the data sets side by side: see `zsbench.reports.wide`."""
        return wide(results.comparison(self.store))

    def accuracies(self) -> pd.DataFrame:
        """What the winners reach, one row per proxy and data set: see `zsbench.results.Comparison`."""
        return results.comparison(self.store).accuracies

    def scores(self) -> pd.DataFrame:
        """The scores of the sampled architectures, one row per proxy, architecture and seed."""
        return self.store.sample_scores(every_seed=True)

    def searches(self) -> pd.DataFrame:
        """One row per search, with the accuracy of its winner in percent for each data set."""
        return results.winners(self.store)

    def trainings(self) -> pd.DataFrame:
        """One row per training; `accuracy` in percent."""
        return self.store.trainings()

    def correlations(self, baseline: str | None = None) -> pd.DataFrame:
        """One row per proxy and data set: see `results.correlations`.

        With `baseline`, the name of a proxy, how much better than it each proxy is: see `results.better`.
        """
        return results.correlations(self.store) if baseline is None else results.better(self.store, baseline)

    def plot_scatter(self, proxy: str | None = None, dataset: str | None = None) -> Figure:
        """Score against accuracy, of one proxy or in a panel for each; a notebook shows the figure by itself.

        `dataset`: default is the first by name. Raises ValueError for a name that the study does not have.
        """
        names = sorted(self.store.trainings()["dataset"].unique())
        if not names:
            raise ValueError(f"{self.folder}: nothing has been trained or looked up yet")
        chosen = names[0] if dataset is None else dataset
        if chosen not in names:
            raise ValueError(f"no data set {chosen!r} in this study; there are: {', '.join(names)}")
        drawn = panels(self.store, results.comparison(self.store), results.correlations(self.store), chosen)
        if proxy is None:
            return scatter_grid(drawn)
        found = [panel for panel in drawn if panel.proxy == proxy]
        if not found:
            raise ValueError(f"no proxy {proxy!r} in this study; there are: {', '.join(p.proxy for p in drawn)}")
        return scatter_single(found[0])

    def close(self) -> None:
        """Close the study; closing twice is harmless."""
        self._opened.__exit__(None, None, None)

    def __enter__(self) -> "StoredStudy":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"StoredStudy({str(self.folder)!r})"


def load(folder: str | os.PathLike[str]) -> StoredStudy:
    """The study of a folder, by its database or by the rows that a report keeps.

    Raises:
        StoreError: there is no such folder, or no study in it.
    """
    if not Path(folder).is_dir():
        raise StoreError(f"{folder}: no such folder")
    return StoredStudy(folder)

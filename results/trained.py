"""A table of trained networks in memory: accuracies, sizes and the scores of many proxies, as matrices."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from .points import STRATUM, accuracies, with_ranks
from .resampling import Array
from .scores import COVARIATES
from .store import Store

SCORE = ["proxy", "seed", "architecture"]


@dataclass(frozen=True)
class Trained:
    """The random networks of a table.

    `samples`: `architecture, params, macs, layers`. `accuracies`: `architecture, dataset, accuracy` in percent.
    `scores` and `proxies`: rows of the store's tables of these names, of every seed.
    """

    samples: pd.DataFrame
    accuracies: pd.DataFrame
    scores: pd.DataFrame
    proxies: pd.DataFrame

    @classmethod
    def of(cls, store: Store) -> "Trained":
        """Read the random stratum of a store."""
        samples = store.samples(stratum=STRATUM)
        return cls(
            samples[["architecture", *COVARIATES]],
            accuracies(store, samples["architecture"]),
            store.sample_scores(every_seed=True),
            store.proxies(),
        )

    def with_scores(self, scores: pd.DataFrame, proxies: pd.DataFrame) -> "Trained":
        """Return a copy with the rows of further proxies; they replace rows of the same proxies."""
        others = self.scores[~self.scores["proxy"].isin(proxies["proxy"])]
        listed = self.proxies[~self.proxies["proxy"].isin(proxies["proxy"])]
        together = pd.concat([frame for frame in (others, scores) if len(frame)], ignore_index=True)
        return replace(self, scores=together, proxies=pd.concat([listed, proxies], ignore_index=True))

    def with_accuracies(self, accuracy: pd.DataFrame) -> "Trained":
        """Return a copy with accuracies from another source, limited to the networks of the table."""
        return replace(self, accuracies=accuracy[accuracy["architecture"].isin(self.samples["architecture"])])

    def datasets(self) -> list[str]:
        """The names of the data sets that have accuracies, sorted."""
        return sorted(self.accuracies["dataset"].unique())

    def whole(self) -> list[str]:
        """The proxies that have scored every network, or tried to, in the order of `proxies`."""
        tried = self.scores.groupby("proxy")["architecture"].nunique()
        return [name for name in self.proxies["proxy"] if tried.get(name, 0) >= len(self.samples)]

    def known(self, texts: Collection[str], dataset: str) -> pd.DataFrame:
        """A frame `accuracy, params, macs, layers`, by architecture, of those in `texts` that have an accuracy."""
        here = self.accuracies[self.accuracies["dataset"] == dataset]
        both = self.samples.merge(here, on="architecture").set_index("architecture")
        both = both[both.index.isin(list(texts))].sort_index()
        return both[["accuracy", *COVARIATES]].astype("Float64").astype("float64")

    def matrices(self, names: Sequence[str], texts: pd.Index) -> dict[str, Array]:
        """The scores of each proxy on `texts`, (n, seeds); higher is better, NaN marks a failed score.

        Relative proxies are ranked within these architectures; so of a part of the table other values may come out.
        """
        rows = self.scores[self.scores["proxy"].isin(list(names)) & self.scores["architecture"].isin(texts)]
        ok = with_ranks(rows[rows["status"] == "ok"], self.proxies, ["proxy", "seed"])
        lower = self.proxies.loc[~self.proxies["higher_is_better"].astype(bool), "proxy"]
        turned = ok.assign(value=ok["value"].where(~ok["proxy"].isin(lower), -ok["value"]))
        found = {str(name): part for name, part in turned.groupby("proxy", sort=False)}
        return {name: _matrix(found.get(name), texts) for name in names}

    def seconds(self, names: Collection[str]) -> dict[str, float]:
        """Seconds of one score for each proxy: the fastest seed of each network, then the median over networks."""
        ok = self.scores[(self.scores["status"] == "ok") & self.scores["proxy"].isin(list(names))]
        fastest = ok.groupby(["proxy", "architecture"])["seconds"].min()
        return {str(name): float(value) for name, value in fastest.groupby(level="proxy").median().items()}

    def statuses(self, name: str) -> Mapping[str, tuple[int, str]]:
        """Count the scores of a proxy for each status but ok; give one reason as an example."""
        failed = self.scores[(self.scores["proxy"] == name) & (self.scores["status"] != "ok")]
        return {
            str(status): (len(rows), str(rows["reason"].iloc[0]))
            for status, rows in failed.groupby("status", sort=True)
        }


def _matrix(rows: pd.DataFrame | None, texts: pd.Index) -> Array:
    if rows is None:
        return np.full((len(texts), 1), np.nan)
    wide = rows.pivot(index="architecture", columns="seed", values="value").reindex(texts)
    return wide.to_numpy("float64")

"""Which proxies order architectures better than size does? All are compared over the same resampled architectures."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from .paired import not_above
from .points import STRATUM, accuracies, datasets
from .ranking import kendall_together
from .resampling import PAIRS_BLOCK, RESAMPLES, Array, draws, percentiles, values_of
from .scores import resamples_of
from .seeds import seed_scores, wide
from .simultaneous import adjusted
from .store import Store

BASELINE = "params"
SIZE = ("params", "flops")
COLUMNS = ["proxy", "dataset", "baseline", "n", "difference", "low", "high", "p", "p_adjusted"]


def better(store: Store, baseline: str | Sequence[str] = BASELINE, resamples: int = RESAMPLES) -> pd.DataFrame:
    """Whether each proxy beats `baseline`: one row per other proxy and data set, none if the study lacks `baseline`.

    Of several baselines, the better one counts: the highest of their taus, in each resample anew.

    `proxy, dataset, baseline` ("params", "max(params, flops)"), `n`, `difference` of Kendall's tau-b, the proxy's less
    the baseline's, with the ends `low` and `high` of its 95 % interval, `p` (see `results.Paired`) and `p_adjusted`,
    corrected for all proxies that are compared over the data set (`results.simultaneous.adjusted`), never below `p`. A
    tau is the mean over score seeds, over the random stratum, and the `n` architectures of it that both have scored
    under all their seeds. Without a bootstrap (see `correlations`) there is the difference only.
    """
    return better_than(store, [[baseline] if isinstance(baseline, str) else baseline], resamples)[0]


def better_than(store: Store, baselines: Sequence[Sequence[str]], resamples: int = RESAMPLES) -> list[pd.DataFrame]:
    """`better` for each of several `baselines`, in less time than one after the other: no tau is resampled twice."""
    proxies = store.proxies()["proxy"].tolist()
    scores, sample = seed_scores(store), store.samples(stratum=STRATUM)
    accuracy = accuracies(store, sample["architecture"])
    parts: list[list[pd.DataFrame]] = [[] for _ in baselines]
    for dataset in datasets(store):
        here = accuracy[accuracy["dataset"] == dataset].sort_values(["accuracy", "architecture"])
        tables = {name: wide(scores, name).reindex(here["architecture"]).to_numpy("float64") for name in proxies}
        taus = Taus(tables, here["accuracy"].to_numpy("float64"), resamples_of(len(here), resamples))
        for frames, names in zip(parts, baselines, strict=True):
            if set(names) <= set(proxies):
                frames.append(compared(taus, names).assign(dataset=dataset))
    order = {proxy: place for place, proxy in enumerate(proxies)}
    joined = [pd.concat(frames) if frames else pd.DataFrame(columns=COLUMNS) for frames in parts]
    return [
        frame.sort_values("proxy", key=lambda column: column.map(order), kind="stable", ignore_index=True)[COLUMNS]
        for frame in joined
    ]


def compared(taus: "Taus", baselines: Sequence[str]) -> pd.DataFrame:
    """`better` on one data set, without the column `dataset`."""
    others = [proxy for proxy in taus.x if proxy not in baselines]
    if not others:  # a study of nothing but baselines
        return pd.DataFrame(columns=[name for name in COLUMNS if name != "dataset"])
    found = [_against(taus, proxy, baselines) for proxy in others]
    corrected = adjusted([one[1] for one in found], np.array([one[2] for one in found]).reshape(len(others), -1))
    label = baselines[0] if len(baselines) == 1 else f"max({', '.join(baselines)})"
    rows = []
    for proxy, (n, difference, drawn), p_adjusted in zip(others, found, corrected, strict=True):
        p = not_above(drawn)
        row = {"proxy": proxy, "baseline": label, "n": n, "difference": difference}
        low, high = percentiles(drawn, 0.95)
        rows.append({**row, "low": low, "high": high, "p": p, "p_adjusted": max(p, p_adjusted)})
    return pd.DataFrame(rows, columns=[name for name in COLUMNS if name != "dataset"])


class Taus:
    """Kendall's tau-b of each proxy, over some of a data set's architectures, on resamples that all proxies share.

    `x` has the scores (n, seeds) by proxy, NaN where one failed, `y` (n,) the accuracies.
    """

    def __init__(self, x: Mapping[str, Array], y: Array, resamples: int, seed: int = 0):
        self.x, self.y = x, y
        self.counts = draws(len(y), resamples, seed) if len(y) else np.zeros((0, 0), dtype=np.int64)
        self._known: dict[tuple[str, bytes], tuple[float, Array]] = {}

    def scored(self, proxy: str) -> np.ndarray:
        """Which architectures the proxy has scored under all seeds."""
        columns = self.x[proxy]
        return np.isfinite(columns).all(axis=1) & (columns.shape[1] > 0)

    def of(self, proxy: str, rows: np.ndarray) -> tuple[float, Array]:
        """Tau over `rows` (n,) of flags, and on every resample (R,); means over score seeds."""
        key = (proxy, rows.tobytes())
        if key not in self._known:
            y = self.y[rows]
            drawn = self.counts if rows.all() else self.counts[:, rows]
            one = np.ones((1, len(y)))
            columns = self.x[proxy][rows].T
            values = [kendall_together(x, y, one)[0] if len(y) >= 3 else math.nan for x in columns]
            resampled = [values_of(kendall_together, x, y, drawn, PAIRS_BLOCK) for x in columns]
            self._known[key] = (float(np.mean(values)), np.mean(resampled, axis=0))
        return self._known[key]


def _against(taus: Taus, proxy: str, baselines: Sequence[str]) -> tuple[int, float, Array]:
    """How many architectures all have scored, and tau less that of the best baseline over these, also resampled."""
    rows = np.logical_and.reduce([taus.scored(name) for name in (proxy, *baselines)])
    if not rows.any():
        return 0, math.nan, np.full(len(taus.counts), math.nan)
    mine, drawn = taus.of(proxy, rows)
    theirs = [taus.of(name, rows) for name in baselines]
    best = float(np.max([value for value, _ in theirs]))
    return int(rows.sum()), mine - best, drawn - np.max([values for _, values in theirs], axis=0)

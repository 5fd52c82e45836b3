"""Everything that a proxy's scores and the accuracies have to say about each other, with intervals."""

import math
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .chosen import (
    best_of_top,
    best_of_top_share,
    best_of_top_share_together,
    best_of_top_together,
    top_accuracy,
    top_accuracy_together,
    top_share_accuracy,
    top_share_accuracy_together,
)
from .partial import partial_spearman, partial_together
from .ranking import (
    kendall,
    kendall_together,
    spearman,
    spearman_together,
    weighted_kendall,
    weighted_kendall_together,
)
from .resampling import (
    PAIRS_BLOCK,
    RESAMPLES,
    Array,
    Statistic,
    Together,
    complete,
    correlatable,
    draws,
    one_by_one,
    percentiles,
    values_of,
    varied,
    varying,
)
from .top import (
    ndcg_at_k,
    ndcg_together,
    precision_at_k,
    precision_together,
    top_kendall,
    top_kendall_together,
)
from .within import (
    deciles,
    kendall_alike,
    kendall_alike_together,
    kendall_within,
    kendall_within_together,
    spearman_within,
    spearman_within_together,
)

# The statistics that are computed for all resamples at once.
TOGETHER: dict[Callable[..., float], Together] = {
    kendall: kendall_together,
    spearman: spearman_together,
    weighted_kendall: weighted_kendall_together,
    top_kendall: top_kendall_together,
    precision_at_k: precision_together,
    ndcg_at_k: ndcg_together,
    top_accuracy: top_accuracy_together,
    best_of_top: best_of_top_together,
    top_share_accuracy: top_share_accuracy_together,
    best_of_top_share: best_of_top_share_together,
    kendall_within: kendall_within_together,
    kendall_alike: kendall_alike_together,
    spearman_within: spearman_within_together,
    partial_spearman: partial_together,
}
FEWER = 1000  # resamples of the statistics that take longer: ends are known to 4 % of a half width (10,000: 1.3 %)
ENOUGH_FOR_TOP = 500  # pairs from which on there is a tau of the best tenth: below, its interval holds everything


class Estimate(NamedTuple):
    """A statistic and the ends of its bootstrap interval."""

    value: float = math.nan
    low: float = math.nan
    high: float = math.nan


class Measure(NamedTuple):
    """A statistic, the columns that it takes by keyword, the least pairs for it, and whether it has all resamples."""

    statistic: Statistic
    columns: Mapping[str, str] = {}
    least: int = 0
    every: bool = False


MEASURES: dict[str, Measure] = {
    "tau": Measure(kendall, every=True),
    "rho": Measure(spearman, every=True),
    "weighted_tau": Measure(weighted_kendall),
    "top_tau": Measure(top_kendall, least=ENOUGH_FOR_TOP),
    "precision": Measure(precision_at_k),
    "ndcg": Measure(ndcg_at_k),
    "top_k_accuracy": Measure(top_accuracy),
    "best_of_top_k": Measure(best_of_top),
    "top_1pct_accuracy": Measure(top_share_accuracy),
    "best_of_top_1pct": Measure(best_of_top_share),
    "tau_within_deciles": Measure(kendall_within, {"classes": "deciles"}),
    "rho_within_deciles": Measure(spearman_within, {"classes": "deciles"}),
    "tau_within_10pct": Measure(kendall_alike, {"sizes": "params"}),
    "tau_within_convolutions": Measure(kendall_within, {"classes": "convolutions"}),
    "rho_within_convolutions": Measure(spearman_within, {"classes": "convolutions"}),
    "partial_rho": Measure(partial_spearman, {"covariates": "covariates"}),
}
SEEDS = ("tau_seeds", "tau_seed_sd", "tau_seed_min", "tau_seed_max")


@dataclass(frozen=True)
class Correlation:
    """Statistics over `n` architectures with a score and an accuracy, each with the ends of its bootstrap interval.

    `estimates`, by name: `tau`: `kendall`; `rho`: `spearman`; `weighted_tau`: `weighted_kendall`; of the best tenth
    `top_tau`: `top_kendall` (only from 500 architectures on), `precision`: `precision_at_k` and `ndcg`: `ndcg_at_k`;
    `top_k_accuracy` and `best_of_top_k`: `top_accuracy` and `best_of_top` for 10, `top_1pct_accuracy` and
    `best_of_top_1pct` for 1 %; `tau_within_deciles`, `rho_within_deciles`: `kendall_within` and `spearman_within` in
    tenths of the parameters; `tau_within_10pct`: `kendall_alike` of parameters that differ by 10 % at most;
    `tau_within_convolutions`, `rho_within_convolutions`: in classes with one number of convolutions; `partial_rho`:
    `partial_spearman`. NaN for what was not asked for, or cannot be computed.

    Each is the mean over score seeds; `seed_taus` has tau under every one of them. What `row` names is an attribute
    too: `tau`, `tau_low`, `tau_high`.
    """

    n: int
    estimates: Mapping[str, Estimate]
    seed_taus: tuple[float, ...] = ()

    def row(self) -> dict[str, Any]:
        """As columns of a table: `n`, each statistic X as `X, X_low, X_high`, and how `tau` spreads over score seeds.

        The last are `tau_seeds` (how many seeds), `tau_seed_sd`, `tau_seed_min` and `tau_seed_max`.
        """
        found: dict[str, Any] = {"n": self.n}
        for name, (value, low, high) in self.estimates.items():
            found |= {name: value, f"{name}_low": low, f"{name}_high": high}
        taus = self.seed_taus
        spread = float(np.std(taus, ddof=1)) if len(taus) > 1 else math.nan
        ends = (min(taus), max(taus)) if taus else (math.nan, math.nan)
        return found | dict(zip(SEEDS, (len(taus), spread, *ends), strict=True))

    def __getattr__(self, name: str) -> float:
        if not name.startswith("_") and name != "estimates":
            row = self.row()
            if name in row:
                return float(row[name])
        raise AttributeError(f"a Correlation has no {name!r}")


def bootstrap(
    x: ArrayLike,
    y: ArrayLike,
    statistic: Statistic,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
    **options: Any,
) -> tuple[float, float]:
    """Percentile bootstrap interval of `statistic(x, y, **options)`, resampling pairs.

    Resamples in which a variable is constant are dropped; (NaN, NaN) where none is left. Equal arguments give an equal
    interval, in whatever order the pairs come. The statistics of this package are computed for all resamples at once,
    any other one by one.
    """
    x, y = complete(x, y)
    if not correlatable(x, y):
        return math.nan, math.nan
    counts = varied(draws(len(x), resamples, seed), x, y)
    return percentiles(resampled(x, y, statistic, counts, **options), level)


def resampled(x: Array, y: Array, statistic: Statistic, counts: NDArray[Any], **options: Any) -> Array:
    """`statistic` on every resample of complete pairs; `counts` (R, n) as in `results.resampling`."""
    block = PAIRS_BLOCK if statistic in (kendall, weighted_kendall) else 0
    return values_of(TOGETHER.get(statistic) or one_by_one(statistic), x, y, counts, block, **options)


def correlate(
    x: ArrayLike,
    y: ArrayLike,
    covariates: ArrayLike | None = None,
    resamples: int = RESAMPLES,
    seed: int = 0,
    level: float = 0.95,
    *,
    params: ArrayLike | None = None,
    convolutions: ArrayLike | None = None,
    only: Collection[str] = tuple(MEASURES),
) -> Correlation:
    """The statistics of x (scores, higher is better) and y (accuracies), with their bootstrap intervals at `level`.

    `x` is (n,), or (n, seeds): the scores under several seeds, NaN where one failed. A statistic is then its mean over
    the seeds that have it, also in every resample, so that its interval is that of the mean over these seeds.

    `covariates`, (n,) or (n, m), are what `partial_rho` takes out of both, usually parameters, multiply-adds and depth;
    `params` (n,) and `convolutions` (n,) make the classes of equal size. Rows without them count for the other
    statistics only. `only` names the statistics that are wanted.

    Tau and rho have `resamples` resamples, the other statistics 1,000 of these at most; with 0 there are no intervals.
    About a tenth of a second for 120 pairs, half a second for 700; the time grows with the square of the pairs.
    """
    sample = _Sample.of(x, y, {"covariates": covariates, "params": params, "convolutions": convolutions})
    usable = [column for column in sample.x.T if correlatable(*complete(column, sample.y))]
    if not usable:
        return Correlation(len(sample.y), dict.fromkeys(only, Estimate()))
    counts = draws(len(sample.y), resamples, seed)
    kept = np.ones(len(counts), dtype=bool)
    for column in usable:
        present = np.isfinite(column)
        here = counts if present.all() else counts[:, present]
        kept &= varying(here, column[present]) & varying(here, sample.y[present])
    few, every = (counts[:size][kept[:size]] for size in (FEWER, resamples))
    estimates: dict[str, Estimate] = {}
    taus: list[float] = []
    for name in only:
        measure = MEASURES[name]
        values, estimates[name] = _estimate(sample, usable, measure, every if measure.every else few, level)
        taus = values if name == "tau" else taus
    return Correlation(len(sample.y), estimates, tuple(taus))


class _Sample(NamedTuple):
    """Scores (n, seeds), accuracies (n,) and what else is known of n architectures, each column (n,) or (n, m)."""

    x: Array
    y: Array
    columns: dict[str, Array]

    @classmethod
    def of(cls, x: ArrayLike, y: ArrayLike, given: Mapping[str, ArrayLike | None]) -> "_Sample":
        """The rows with an accuracy and a score under one seed at least, in an order that their own order has not made.

        Raises:
            ValueError: the columns are not of one length.
        """
        scores, target = _table(np.asarray(x, dtype=np.float64)), np.asarray(y, dtype=np.float64)
        known = {name: np.asarray(column, dtype=np.float64) for name, column in given.items() if column is not None}
        if "params" in known:
            known["deciles"] = deciles(known["params"])
        if target.ndim != 1 or any(len(column) != len(target) for column in (scores, *known.values())):
            raise ValueError(f"need columns of one length, not {len(scores)} scores and {target.size} accuracies")
        rows = np.isfinite(target) & np.isfinite(scores).any(axis=1)
        scores = np.where(np.isfinite(scores), scores, math.nan)[rows]
        target = target[rows]
        known = {name: column[rows] for name, column in known.items()}
        keys = [*scores.T, target, *(key for column in known.values() for key in _table(column).T)]
        order = np.lexsort(keys[::-1])
        return cls(scores[order], target[order], {name: column[order] for name, column in known.items()})


def _table(column: Array) -> Array:
    """(n,) as (n, 1), (n, m) as it is."""
    return column[:, None] if column.ndim == 1 else column


def _estimate(
    sample: _Sample, usable: list[Array], measure: Measure, counts: NDArray[Any], level: float
) -> tuple[list[float], Estimate]:
    """One statistic: under each seed that has it, and its mean over these with the interval."""
    if len(sample.y) < measure.least or not set(measure.columns.values()) <= set(sample.columns):
        return [], Estimate()
    given = {name: sample.columns[column] for name, column in measure.columns.items()}
    values, drawn = [], []
    for scores in usable:
        rows = np.isfinite(scores)
        for column in given.values():
            rows &= np.isfinite(_table(column)).all(axis=1)
        options = {name: column[rows] for name, column in given.items()}
        value = measure.statistic(scores[rows], sample.y[rows], **options)
        if math.isnan(value):
            continue  # its resamples may have values: they would be an interval of nothing
        values.append(value)
        here = counts if rows.all() else counts[:, rows]
        drawn.append(resampled(scores[rows], sample.y[rows], measure.statistic, here, **options))
    if not values:
        return [], Estimate()
    return values, Estimate(float(np.mean(values)), *percentiles(np.mean(drawn, axis=0), level))

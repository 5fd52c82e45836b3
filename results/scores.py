"""The frames that say what proxies' scores of the sampled architectures are worth: against accuracy, and over seeds.

Over sampled architectures only: winners are chosen by the score and would bias it.
"""

import math
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from .noise import intraclass, intraclass_bootstrap
from .points import STRATUM, accuracies, datasets
from .resampling import RESAMPLES, Array, mean_ranks
from .seeds import seed_scores, wide
from .statistics import MEASURES, Correlation, Estimate, correlate
from .store import Store

COVARIATES = ("params", "macs", "layers")
COUNTS_SIZE = ("params", "flops", "depth")  # proxies that are a covariate, if of the plain network
CELLS = "nasbench201"  # the space in which depth is a function of the number of convolutions
WHOLE = 3000  # above so many architectures the sample is a whole space: there is no sampling to be unsure about
FAILED_LAST = ("tau", "rho", "top_k_accuracy", "precision")
TOP = "top"  # the stratum that was drawn from the final populations of the searches
NEAR_TOP = ("tau", "rho")
CORRELATION_FIELDS = list(Correlation(0, dict.fromkeys(MEASURES, Estimate())).row())
LAST_FIELDS = [f"{name}_failed_last{end}" for name in FAILED_LAST for end in ("", "_low", "_high")]
NOISE_COLUMNS = ["proxy", "architectures", "seeds", "icc", "icc_low", "icc_high", "seconds"]


def correlations(store: Store, resamples: int = RESAMPLES) -> pd.DataFrame:
    """One row per proxy and data set: `proxy, dataset`, the columns of `Correlation.row`, `failed`, `n_failed_last`.

    Over the random stratum, every statistic being the mean over the proxy's score seeds. The score is turned where
    lower is better, so a good proxy has a positive correlation. `failed` counts the sampled architectures that were
    scored without one ok score: they are left out, and in `tau_failed_last` and its like, over `n_failed_last`, they
    are ranked below all others instead (a failed score under one seed, under that seed).

    Covariates of `partial_rho` are the samples' parameters, multiply-adds and layers; it is NaN for the proxies named
    `params`, `flops` and `depth`: they count the plain network, the covariates the one with shortcuts, so what is left
    of them is the difference of the two counts and no knowledge. Classes with one number of convolutions are those of
    the cells of NAS-Bench-201 only. Above 3,000 architectures the sample is taken for a whole space, and there are no
    intervals.
    """
    scores, sample = seed_scores(store), store.samples(stratum=STRATUM)
    accuracy = accuracies(store, sample["architecture"])
    succeeded = scores["status"].eq("ok").groupby([scores["proxy"], scores["architecture"]]).any()
    failed = (~succeeded).groupby(level="proxy").sum()
    cells = bool((store.sample_scores()["space"] == CELLS).any())
    rows = []
    for proxy in store.proxies()["proxy"]:
        mine, last = wide(scores, proxy), _failed_last(scores, proxy)
        for dataset in datasets(store):
            known = _known(sample, accuracy, dataset)
            found = _correlated(mine.reindex(known.index), known, proxy, cells, resamples)
            row = {"proxy": proxy, "dataset": dataset, **found.row(), "failed": int(failed.get(proxy, 0))}
            if not last.equals(mine):
                found = _correlated(last.reindex(known.index), known, proxy, cells, resamples, FAILED_LAST)
            row |= {"n_failed_last": found.n}
            for name in FAILED_LAST:
                ends = zip(("", "_low", "_high"), found.estimates[name], strict=True)
                row |= {f"{name}_failed_last{end}": value for end, value in ends}
            rows.append(row)
    columns = ["proxy", "dataset", *CORRELATION_FIELDS, "failed", "n_failed_last", *LAST_FIELDS]
    return pd.DataFrame(rows, columns=columns)


def near_top(store: Store, resamples: int = RESAMPLES) -> pd.DataFrame:
    """As `correlations`, over the stratum that was drawn from the final populations of the searches; empty without one.

    `proxy, dataset, n`, and tau and rho with their intervals. There a search decides; but these architectures were
    chosen by the proxies, so they say nothing about the space.
    """
    scores, sample = seed_scores(store, TOP), store.samples(stratum=TOP)
    accuracy = accuracies(store, sample["architecture"])
    columns = ["proxy", "dataset", "n", *(f"{name}{end}" for name in NEAR_TOP for end in ("", "_low", "_high"))]
    rows = []
    for proxy in store.proxies()["proxy"] if len(sample) else ():
        mine = wide(scores, proxy)
        for dataset in datasets(store):
            known = _known(sample, accuracy, dataset)
            found = _correlated(mine.reindex(known.index), known, proxy, False, resamples, NEAR_TOP)
            rows.append({"proxy": proxy, "dataset": dataset, **found.row()})
    return pd.DataFrame(rows, columns=columns)


def resamples_of(architectures: int, resamples: int = RESAMPLES) -> int:
    """How many resamples a sample has: none where it is a whole space."""
    return 0 if architectures > WHOLE else resamples


def _known(sample: pd.DataFrame, accuracy: pd.DataFrame, dataset: str) -> pd.DataFrame:
    """The architectures with an accuracy, by name: `accuracy` and the covariates, NaN where they are missing."""
    here = accuracy[accuracy["dataset"] == dataset]
    both = sample.merge(here, on="architecture").set_index("architecture").sort_index()
    return both[["accuracy", *COVARIATES]].astype("Float64").astype("float64")


def _correlated(
    scores: pd.DataFrame,
    known: pd.DataFrame,
    proxy: str,
    cells: bool,
    resamples: int,
    only: Collection[str] = tuple(MEASURES),
) -> Correlation:
    table = scores.to_numpy("float64") if scores.shape[1] else np.full((len(known), 1), math.nan)
    sizes: Mapping[str, Array] = {name: known[name].to_numpy("float64") for name in COVARIATES}
    return correlate(
        table,
        known["accuracy"],
        None if proxy in COUNTS_SIZE else np.column_stack(list(sizes.values())),
        resamples=resamples_of(len(known), resamples),
        params=sizes["params"],
        convolutions=sizes["layers"] if cells else None,
        only=only,
    )


def _failed_last(scores: pd.DataFrame, proxy: str) -> pd.DataFrame:
    """As `wide`, but ranks, with 0 for the architectures whose score failed; NaN where none was tried."""
    mine = scores[scores["proxy"] == proxy]
    table = wide(scores, proxy)
    failed = mine.assign(failed=mine["score"].isna()).pivot(index="architecture", columns="seed", values="failed")
    if not failed.eq(True).any(axis=None):
        return table
    for seed in table.columns:
        present = table[seed].notna()
        ranks = mean_ranks(table.loc[present, seed].to_numpy("float64"), np.ones((1, int(present.sum()))))[0]
        table.loc[present, seed] = ranks
    return table.mask(failed.eq(True), 0.0)


def score_noise(store: Store) -> pd.DataFrame:
    """How much of each proxy's score is the seed's: one row per proxy.

    `architectures`: how many of the sample have ok scores under two seeds or more, over which `icc` (`intraclass`),
    `icc_low` and `icc_high` are computed; `seeds`: under how many seeds the sample has ok scores; `seconds`: as
    `score_seconds`. The ICC is measured, never assumed: it is NaN where there are no scores under two seeds, for a
    deterministic proxy too, and 1 where a proxy gives the same under all. Relative proxies are ranked within each seed.
    """
    scores, seconds = seed_scores(store), score_seconds(store)
    rows = []
    for proxy in store.proxies()["proxy"]:
        values = wide(scores, proxy).dropna(axis=1, how="all").to_numpy("float64")
        several = int((np.isfinite(values).sum(axis=1) >= 2).sum())
        measured = (intraclass(values), *intraclass_bootstrap(values))
        rows.append((proxy, several, values.shape[1], *measured, seconds.get(proxy, math.nan)))
    return pd.DataFrame(rows, columns=NOISE_COLUMNS)


def score_seconds(store: Store) -> pd.Series:
    """Median seconds of one ok score of a sampled architecture, with building and initialising its network, by proxy.

    The median: the first scores also pay for warming up the device.
    """
    scores = store.sample_scores().query("status == 'ok'")
    return scores.groupby("proxy")["seconds"].median()

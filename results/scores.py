"""The frames that say what proxies' scores of the sampled architectures are worth: against accuracy, each other, seeds.

Over sampled architectures only: winners are chosen by the score and would bias it.
"""

import math
from dataclasses import asdict, fields

import pandas as pd

from results.noise import intraclass, intraclass_bootstrap
from results.paired import Paired, paired
from results.points import STRATUM, datasets, upwards, with_ranks
from results.statistics import Correlation, correlate
from results.store import Store

BASELINE = "params"
CORRELATION_FIELDS = [field.name for field in fields(Correlation)]
PAIRED_FIELDS = [field.name for field in fields(Paired)]
NOISE_COLUMNS = ["proxy", "architectures", "seeds", "icc", "icc_low", "icc_high", "seconds"]


def correlations(store: Store) -> pd.DataFrame:
    """One row per proxy and data set: `proxy, dataset`, the fields of `Correlation`, `failed`.

    The score is turned where lower is better, so a good proxy has a positive correlation. Covariates of `partial_rho`
    are the samples' parameters and multiply-adds. `failed` counts the sampled architectures that were scored without
    one ok score.
    """
    sampled = upwards(store)
    scores = store.sample_scores()
    succeeded = scores["status"].eq("ok").groupby([scores["proxy"], scores["architecture"]]).any()
    failed = (~succeeded).groupby(level="proxy").sum()
    rows = []
    for proxy in store.proxies()["proxy"]:
        for name in datasets(store):
            mine = sampled[(sampled["proxy"] == proxy) & (sampled["dataset"] == name)]
            size = mine[["params", "macs"]].to_numpy("float64", na_value=math.nan)
            result = correlate(mine["score"], mine["accuracy"], size)
            rows.append({"proxy": proxy, "dataset": name, **asdict(result), "failed": int(failed.get(proxy, 0))})
    return pd.DataFrame(rows, columns=["proxy", "dataset", *CORRELATION_FIELDS, "failed"])


def better(store: Store, baseline: str = BASELINE) -> pd.DataFrame:
    """Whether each proxy beats `baseline`: one row per other proxy and data set, none if the study lacks `baseline`.

    `proxy, dataset, baseline`, then the fields of `Paired` for Kendall's tau-b, the proxy's less the baseline's, over
    the sampled architectures that both have scored.
    """
    sampled = upwards(store)
    names = store.proxies()["proxy"]
    rows = []
    for proxy in names[names != baseline] if baseline in set(names) else ():
        for name in datasets(store):
            here = sampled[sampled["dataset"] == name]
            mine, theirs = (here.loc[here["proxy"] == one, ["architecture", "score"]] for one in (proxy, baseline))
            both = here[["architecture", "accuracy"]].drop_duplicates()
            both = both.merge(mine, on="architecture").merge(theirs, on="architecture", suffixes=("", "_baseline"))
            result = paired(both["score"], both["score_baseline"], both["accuracy"])
            rows.append({"proxy": proxy, "dataset": name, "baseline": baseline, **asdict(result)})
    return pd.DataFrame(rows, columns=["proxy", "dataset", "baseline", *PAIRED_FIELDS])


def score_noise(store: Store) -> pd.DataFrame:
    """How much of each proxy's score is the seed's: one row per proxy.

    `architectures`: how many of the sample have ok scores under two seeds or more, over which `icc` (`intraclass`),
    `icc_low` and `icc_high` are computed; `seeds`: under how many seeds the sample has ok scores; `seconds`: as
    `score_seconds`. The ICC is measured, never assumed: it is NaN where there are no scores under two seeds, for a
    deterministic proxy too, and 1 where a proxy gives the same under all. Relative proxies are ranked within each seed.
    """
    scores = store.sample_scores(every_seed=True)
    scored, sampled = scores.groupby(["proxy", "seed"]).size(), len(store.samples(stratum=STRATUM))
    scores = with_ranks(scores[scores["status"] == "ok"], store.proxies(), ["proxy", "seed"])
    seconds = score_seconds(store)
    rows = []
    for proxy in store.proxies()["proxy"]:
        mine = scores[scores["proxy"] == proxy]
        wide = mine.pivot_table(index="architecture", columns="seed", values="value")
        # A search of another seed may have met a few of the sample: those it liked, and a rank among few.
        wide = wide[[seed for seed in wide.columns if scored.get((proxy, seed), 0) >= sampled]]
        values = wide.to_numpy("float64")
        several = int((wide.notna().sum(axis=1) >= 2).sum())
        measured = (intraclass(values), *intraclass_bootstrap(values))
        rows.append((proxy, several, wide.shape[1], *measured, seconds.get(proxy, math.nan)))
    return pd.DataFrame(rows, columns=NOISE_COLUMNS)


def score_seconds(store: Store) -> pd.Series:
    """Median seconds of one ok score of a sampled architecture, with building and initialising its network, by proxy.

    The median: the first scores also pay for warming up the device.
    """
    scores = store.sample_scores().query("status == 'ok'")
    return scores.groupby("proxy")["seconds"].median()

"""Scores beside accuracies: one row per winner, and one point per architecture of a proxy's scatter plot.

A study has one space and protocol, and no score depends on the strategy that asked for it, so a proxy's scores are told
apart by architecture and seed alone.
"""

import json
from collections.abc import Collection

import numpy as np
import pandas as pd

from .errors import StoreError
from .facts import TRAINING_SEEDS
from .relative import ranked
from .store import Store

STRATUM = "random"  # the part of a sample that tells of the whole space
POINT_COLUMNS = ["proxy", "dataset", "architecture", "score", "accuracy", "kind", "params", "macs"]
SCHEDULE = ["dataset", "resolution", "train_images", "recipe", "epochs", "source"]  # what trainings that compare share


def datasets(store: Store) -> list[str]:
    """Data sets of the trainings, by name: trainings end in any order."""
    return sorted(store.trainings()["dataset"].unique())


def strategies(store: Store) -> list[str]:
    """Strategies of the searches, by name."""
    return sorted(store.searches()["strategy"].unique())


def training_seeds(store: Store) -> list[int] | None:
    """The seeds under which everything is trained; None where the study does not say, and all seeds count."""
    kept = store.settings(key=TRAINING_SEEDS)
    if kept.empty:
        return None
    text = kept["value"].iloc[0]
    try:
        return [int(seed) for seed in json.loads(text)]
    except (ValueError, TypeError):
        raise StoreError(f"{store.path}: {TRAINING_SEEDS} is {text[:40]!r}, no list of seeds") from None


def accuracies(store: Store, architectures: Collection[str]) -> pd.DataFrame:
    """Accuracy of each of `architectures`, the mean over its training seeds: `architecture, dataset, accuracy`.

    Only the training seeds of all architectures count, not those under which some were trained again to tell how
    reliable an accuracy is: a mean over three trainings does not compare with one of them.
    """
    kept = trained(store, architectures)
    return kept.groupby(["architecture", "dataset"], sort=False)["accuracy"].mean().reset_index()


def trained(store: Store, architectures: Collection[str], every_seed: bool = False) -> pd.DataFrame:
    """The ok trainings of `architectures` that compare, under `training_seeds` or under every seed.

    Only accuracies under one schedule (images, recipe, epochs, source) compare. Where the store has several for a data
    set, for example short trainings of samples beside long ones of winners, the one that covers most of the
    architectures counts, and of those the longest.
    """
    rows = store.trainings(status="ok")
    # Sorted, since trainings end in any order and a sum depends on it in its last bits.
    rows = rows[rows["architecture"].isin(list(architectures))].sort_values(["dataset", "architecture", "seed"])
    seeds = training_seeds(store)
    ordinary = rows if seeds is None else rows[rows["seed"].isin(seeds)]
    covered = ordinary.groupby(SCHEDULE, sort=False)["architecture"].nunique().rename("covered").reset_index()
    chosen = covered.sort_values(["covered", "epochs"], kind="stable").drop_duplicates("dataset", keep="last")
    return (rows if every_seed else ordinary).merge(chosen[SCHEDULE], on=SCHEDULE)


def winners(store: Store) -> pd.DataFrame:
    """One row per search, with its winner's accuracy.

    The columns of `searches`, then one column per data set: accuracy in percent, the mean over training seeds, NaN
    where the winner has not been trained. An exhausted search may have no winner.
    """
    searches = store.searches()
    trained = accuracies(store, searches["winner"].dropna().unique())
    wide = trained.pivot(index="architecture", columns="dataset", values="accuracy")
    wide = wide.reindex(columns=datasets(store)).rename_axis(columns=None)
    return searches.merge(wide, how="left", left_on="winner", right_index=True)


def with_ranks(scores: pd.DataFrame, proxies: pd.DataFrame, within: list[str]) -> pd.DataFrame:
    """Ok score rows, those of relative proxies with the value that `ranked` gives them among rows alike in `within`."""
    rules = proxies.set_index("proxy")["relative"].dropna()
    scores = scores.copy()
    for _, rows in scores[scores["proxy"].isin(rules.index)].groupby(within, sort=False):
        components = np.array([json.loads(text) for text in rows["components"]], dtype=np.float64)
        scores.loc[rows.index, "value"] = ranked(components, rules[rows["proxy"].iloc[0]])
    return scores


def points(store: Store) -> pd.DataFrame:
    """What a scatter plot shows: `proxy, dataset, architecture, score, accuracy, kind, params, macs`.

    `score` is raw (not turned where lower is better), `accuracy` in percent, the mean over training seeds. `kind` is
    "sample" (score: the ok one under the sample's seed) or "winner" (one row per search; score: the search's, without
    which there is no point). A sampled architecture's score by a relative proxy is its rank within the sample.
    """
    samples = store.samples(stratum=STRATUM)
    scores = with_ranks(store.sample_scores().query("status == 'ok'"), store.proxies(), ["proxy"])
    sampled = scores.rename(columns={"value": "score"})[["proxy", "architecture", "score"]]
    sampled = sampled.merge(samples[["architecture", "params", "macs"]], on="architecture")
    sampled = sampled.merge(accuracies(store, samples["architecture"]), on="architecture")
    found = store.searches().dropna(subset=["winner", "value"])
    found = found.rename(columns={"winner": "architecture", "value": "score"})
    won = found[["proxy", "architecture", "score", "params", "macs"]].merge(
        accuracies(store, found["architecture"].unique()), on="architecture"
    )
    together = [frame.assign(kind=kind) for frame, kind in ((sampled, "sample"), (won, "winner"))]
    # Sorted, since sample scores were added in any order and equal rows should give equal plots.
    return pd.concat(together)[POINT_COLUMNS].sort_values(POINT_COLUMNS, ignore_index=True)

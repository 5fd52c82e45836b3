"""How much of the sampled architectures' accuracy is the seed of the training, and the best that can be hoped for."""

import pandas as pd

from .noise import intraclass, intraclass_bootstrap
from .points import STRATUM, datasets, trained, training_seeds
from .reliability import perfect_tau, reliability_of_mean, seed_deviation, seeds_tau, seeds_tau_bootstrap
from .store import Store

COLUMNS = [
    "dataset", "architectures", "seeds",
    "accuracy_icc", "accuracy_icc_low", "accuracy_icc_high", "correlated_seeds",
    "single_icc", "single_icc_low", "single_icc_high",
    "noise_ceiling_tau", "noise_ceiling_tau_low", "noise_ceiling_tau_high",
    "seed_sd", "perfect_tau",
]  # fmt: skip


def accuracy_noise(store: Store) -> pd.DataFrame:
    """The noise of the accuracies that scores are correlated with: one row per data set of the trainings.

    Over the `architectures` of the random sample that are trained under two seeds or more, in the schedule that the
    correlation uses, and their `seeds`: `single_icc` (`intraclass` of the raw accuracies: the reliability of one
    training), `noise_ceiling_tau` (`seeds_tau`: how well one training orders architectures as another does), both with
    95 % bootstrap intervals, and `seed_sd`, the standard deviation between seeds in percent points.

    The study's accuracy of an architecture is the mean over `correlated_seeds`, the training seeds that all
    architectures share. `accuracy_icc` is the reliability of that mean (`reliability_of_mean`; of one seed it equals
    `single_icc`), with the interval that belongs to it, and `perfect_tau` is what a score could reach that knows the
    architectures' own accuracies. All but the counts are NaN where nothing is trained twice.
    """
    sampled = trained(store, store.samples(stratum=STRATUM)["architecture"], every_seed=True)
    everywhere = training_seeds(store)
    rows = []
    for name in datasets(store):
        mine = sampled[sampled["dataset"] == name]
        wide = mine.pivot(index="architecture", columns="seed", values="accuracy")
        shared = len(wide.columns.intersection(everywhere)) if everywhere else int(wide.notna().all().sum())
        wide = wide[wide.notna().sum(axis=1) >= 2]
        wide = wide.loc[:, wide.notna().any()]
        values = wide.to_numpy("float64")
        single = intraclass(values, raw=True), *intraclass_bootstrap(values, raw=True)
        mean = [reliability_of_mean(icc, max(1, shared)) if icc > 0 else icc for icc in single]
        ceiling = seeds_tau(values), *seeds_tau_bootstrap(values)
        rows.append((name, *wide.shape, *mean, shared, *single, *ceiling, seed_deviation(values), perfect_tau(mean[0])))
    return pd.DataFrame(rows, columns=COLUMNS)

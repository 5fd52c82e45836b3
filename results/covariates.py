"""How parameters, multiply-adds and depth go together in the sample, with each other and with accuracy."""

from itertools import combinations

import pandas as pd

from .points import STRATUM, accuracies, datasets
from .scores import COVARIATES, resamples_of
from .statistics import correlate
from .store import Store

ACCURACY = "accuracy"
COLUMNS = ["first", "second", "dataset", "n", "tau", "tau_low", "tau_high"]


def covariates(store: Store) -> pd.DataFrame:
    """Kendall's tau-b of the sizes of the random stratum: what a sample confounds, no statistic can tell apart.

    One row per pair: `first` and `second` of "params", "macs" and "layers", then each of these with "accuracy" of each
    `dataset` (missing otherwise); `n, tau` and its 95 % interval.
    """
    sample = store.samples(stratum=STRATUM)
    accuracy = accuracies(store, sample["architecture"])
    rows = [_row(first, second, None, sample[[first, second]]) for first, second in combinations(COVARIATES, 2)]
    for dataset in datasets(store):
        both = sample.merge(accuracy[accuracy["dataset"] == dataset], on="architecture")
        rows += [_row(name, ACCURACY, dataset, both[[name, ACCURACY]]) for name in COVARIATES]
    return pd.DataFrame(rows if len(sample) else [], columns=COLUMNS)


def _row(first: str, second: str, dataset: str | None, values: pd.DataFrame) -> tuple[object, ...]:
    numbers = values.astype("Float64").to_numpy("float64", na_value=float("nan"))
    found = correlate(numbers[:, 0], numbers[:, 1], only=("tau",), resamples=resamples_of(len(numbers)))
    return first, second, dataset, found.n, *found.estimates["tau"]

"""The architecture that a proxy scores highest, and how far its accuracy is below the best."""

import math

import numpy as np
import pandas as pd

from .frames import best_accuracies
from .points import STRATUM, accuracies, datasets
from .seeds import seed_scores, wide
from .store import Store

COLUMNS = ["proxy", "dataset", "n", "architecture", "tied", "optimum_accuracy", "optimum_regret", "reference"]


def optima(store: Store) -> pd.DataFrame:
    """The sampled architecture that each proxy scores highest: one row per proxy and data set.

    `proxy, dataset, n` (how many have score and accuracy), `architecture` (under the first score seed; of several with
    the same score the first by name), `tied` (how many have that score), `optimum_accuracy` (percent: the mean over
    those tied, then over score seeds), `optimum_regret` (percent points below the best accuracy) and `reference`: the
    best of the "table", where the setting `best.D` holds it, or of the "sample". Where the sample is a whole space, the
    architecture is what a search finds that looks at everything.
    """
    scores = seed_scores(store)
    accuracy = accuracies(store, store.samples(stratum=STRATUM)["architecture"])
    known_best = best_accuracies(store)
    rows = []
    for proxy in store.proxies()["proxy"]:
        mine = wide(scores, proxy)
        for dataset in datasets(store):
            known = accuracy[accuracy["dataset"] == dataset].set_index("architecture")["accuracy"].sort_index()
            table = mine.reindex(known.index).dropna(how="all")
            reference = "table" if dataset in known_best else "sample"
            best = known_best.get(dataset, known.max())
            highest = [column.index[column == column.max()] for _, column in table.items() if column.notna().any()]
            found = float(np.mean([known[names].mean() for names in highest])) if highest else math.nan
            first = highest[0] if highest else pd.Index([])
            chosen = first[0] if len(first) else None
            rows.append((proxy, dataset, len(table), chosen, len(first), found, best - found, reference))
    return pd.DataFrame(rows, columns=COLUMNS)

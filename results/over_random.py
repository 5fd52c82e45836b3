"""What each row of a comparison gains over networks that nobody chose: measured here, and as published."""

import math

import pandas as pd

from .comparison import REFERENCE, ROW, Comparison
from .published import published
from .references import RANDOM

COLUMNS = [*ROW, "dataset", "difference", "low", "high", "published"]
BASELINE = "random"  # the published row of random search


def over_random(comparison: Comparison) -> pd.DataFrame:
    """Percent points above a random network: `kind, proxy, strategy, dataset, difference, low, high, published`.

    A row for each of `accuracies`, of a comparison with its references. `difference` is the row's mean less that of
    the random network, NaN where the study has none; `low` and `high` are the ends of a 95 % interval that counts both
    uncertainties as independent, NaN where the row has no interval. `published` is the published accuracy less that of
    the published row "Random": accuracies of two recipes do not compare, these differences do a little better.
    """
    frame = comparison.accuracies
    random = frame[(frame["kind"] == REFERENCE) & (frame["proxy"] == RANDOM)].set_index("dataset")
    reported = published()
    baseline = reported[reported["proxy"] == BASELINE].set_index("dataset")["accuracy"]
    rows = []
    for record in frame.to_dict("records"):
        name = record["dataset"]
        mean, half = random.loc[name, ["mean", "half"]] if name in random.index else (math.nan, math.nan)
        difference = record["mean"] - mean
        both = math.hypot(record["half"], half)
        told = record["published"] - baseline.get(name, math.nan)
        if record["kind"] == REFERENCE:
            told, both = math.nan, math.nan
        key = [record[column] for column in [*ROW, "dataset"]]
        rows.append((*key, difference, difference - both, difference + both, told))
    return pd.DataFrame(rows, columns=COLUMNS)

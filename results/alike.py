"""Which proxies order the sample alike: rank correlations of their scores with each other."""

import numpy as np
import pandas as pd
from scipy import stats
from scipy.cluster.hierarchy import leaves_list, linkage
from scipy.spatial.distance import squareform

from .points import STRATUM
from .seeds import seed_scores
from .store import Store

COLUMNS = ["first", "second", "n", "tau"]
LEAST = 3  # architectures below which an order says nothing


def alike(store: Store) -> pd.DataFrame:
    """Kendall's tau-b of the scores of every two proxies: `first, second, n, tau`, both orders and each with itself.

    Over the `n` architectures of the random stratum that both have scored under the sample's own seed; scores are
    turned where lower is better. NaN where fewer than three, or all are tied.
    """
    scores = seed_scores(store)
    own = store.samples(stratum=STRATUM).set_index("architecture")["seed"]
    scores = scores[scores["seed"].eq(scores["architecture"].map(own)).fillna(False).astype(bool)]
    table = scores.pivot(index="architecture", columns="proxy", values="score")
    names = [name for name in store.proxies()["proxy"] if name in table]
    values = {name: table[name].to_numpy("float64") for name in names}
    rows = []
    for place, first in enumerate(names):
        for second in names[place:]:
            both = np.isfinite(values[first]) & np.isfinite(values[second])
            n, tau = int(both.sum()), float("nan")
            if n >= LEAST:
                tau = float(stats.kendalltau(values[first][both], values[second][both]).statistic)
            rows += [(first, second, n, tau)] if first == second else [(first, second, n, tau), (second, first, n, tau)]
    return pd.DataFrame(rows, columns=COLUMNS)


def clustered(frame: pd.DataFrame) -> list[str]:
    """The proxies of a frame of `alike` in an order in which those that order alike are neighbours.

    Leaves of the tree by average linkage with 1 - tau as distance; an unknown tau counts as 0. Proxies without any tau
    are left out.
    """
    wide = frame.pivot(index="first", columns="second", values="tau")
    known = [name for name in dict.fromkeys(frame["first"]) if pd.notna(wide.at[name, name])]
    if len(known) < LEAST:
        return known
    distance = 1 - wide.loc[known, known].fillna(0.0).to_numpy(copy=True)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), method="average", optimal_ordering=True)
    return [known[place] for place in leaves_list(tree)]

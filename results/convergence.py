"""Whether each search ended above what a few random architectures already score."""

import json
import math

import numpy as np
import pandas as pd

from .points import STRATUM
from .relative import ranked
from .resampling import Array
from .store import Store

COLUMNS = ["proxy", "strategy", "seed", "score_percentile", "value", "best_of_sample"]


def convergence(store: Store) -> pd.DataFrame:
    """How the winner of each search stands among the random sample, by the proxy's own scores: one row per search.

    `proxy, strategy, seed` (the search's), `score_percentile`: the percentage of the sample's ok scores that the
    winner's score is at least as good as, under the same proxy and the same score seed; `value`, the winner's score;
    `best_of_sample`, the best of the sample's. Below 100 % the budget was too small for the search: a few random
    architectures hold a better one. 100 % is necessary for convergence, but does not prove it.

    For a relative proxy the winner's stored components are ranked together with the sample's, and `value` and
    `best_of_sample` are those ranks' scores. Missing where there is no winner, its score is not stored, or the sample
    is not scored under the search's score seed.
    """
    proxies = store.proxies().set_index("proxy")
    sampled = store.sample_scores(every_seed=True)
    size = len(store.samples(stratum=STRATUM))
    scores = {key: rows for key, rows in sampled.groupby(["proxy", "seed"]) if len(rows) >= size}
    rows = []
    for search in store.searches().to_dict("records"):
        key = search["proxy"], search["score_seed"]
        found = (math.nan, math.nan, math.nan)
        # A search may itself have met a few of the sample: the good ones, which is no sample.
        if search["winner"] is not None and key in scores:
            values, value = _compared(store, search, scores[key], proxies.at[search["proxy"], "relative"])
            found = _standing(values, value, bool(proxies.at[search["proxy"], "higher_is_better"]))
        rows.append((*(search[column] for column in COLUMNS[:3]), *found))
    return pd.DataFrame(rows, columns=COLUMNS)


def not_converged(standing: pd.DataFrame) -> pd.DataFrame:
    """The rows of a frame with `score_percentile` in which it is below 100."""
    return standing[standing["score_percentile"] < 100]


def _compared(store: Store, search: dict, sampled: pd.DataFrame, rule: str | None) -> tuple[Array, float]:
    """Scores of the sample and of the winner that compare; NaN where the winner's is unknown."""
    ok = sampled[sampled["status"] == "ok"]
    if not isinstance(rule, str):
        return ok["value"].to_numpy("float64"), float(search["value"] if search["value"] is not None else math.nan)
    wanted = {"architecture": search["winner"], "proxy": search["proxy"], "seed": search["score_seed"]}
    own = store.scores(**wanted, status="ok")["components"].dropna()
    if own.empty:
        return np.empty(0), math.nan
    # The winner last: of several settings or devices, the first row measured.
    components = [json.loads(text) for text in [*ok["components"].dropna(), own.iloc[0]]]
    together = ranked(np.array(components, dtype=np.float64), rule)
    return together[:-1], float(together[-1])


def _standing(values: Array, value: float, higher_is_better: bool) -> tuple[float, float, float]:
    if not values.size or math.isnan(value):
        return math.nan, value, math.nan
    beaten = values <= value if higher_is_better else values >= value
    return 100 * float(beaten.mean()), value, float(values.max() if higher_is_better else values.min())

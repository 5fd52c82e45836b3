"""The scores of a study's sample under every score seed."""

import pandas as pd

from .points import STRATUM, with_ranks
from .store import Store

COLUMNS = ["proxy", "seed", "architecture", "status", "score"]


def seed_scores(store: Store, stratum: str = STRATUM) -> pd.DataFrame:
    """Scores of a stratum of the sample: `proxy, seed, architecture, status, score`, failed ones with a NaN.

    Under the sample's own seed, and under every other under which a proxy has been asked for the whole stratum:
    searches of other seeds leave scores of the few that they met. Higher is better: scores are turned where a lower one
    is. Those of a relative proxy are its ranks within the stratum and the seed.
    """
    samples = store.samples(stratum=stratum).set_index("architecture")
    scores = store.sample_scores(every_seed=True, stratum=stratum)
    own = scores["seed"].eq(scores["architecture"].map(samples["seed"])).fillna(False).astype(bool)
    asked = scores.groupby(["proxy", "seed"])["architecture"].transform("nunique")
    scores = scores[own | (asked >= len(samples))]
    proxies = store.proxies()
    ok = with_ranks(scores[scores["status"] == "ok"], proxies, ["proxy", "seed"])
    lower = ok["proxy"].isin(proxies.loc[~proxies["higher_is_better"], "proxy"])
    turned = ok["value"].where(~lower, -ok["value"]).rename("score")
    found = scores.join(turned)[COLUMNS]
    return found.sort_values(COLUMNS[:3], ignore_index=True)  # scores were added in any order


def wide(scores: pd.DataFrame, proxy: str) -> pd.DataFrame:
    """The scores of one proxy, a row per architecture and a column per seed; NaN where there is none."""
    return scores[scores["proxy"] == proxy].pivot(index="architecture", columns="seed", values="score")

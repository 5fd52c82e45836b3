import math

import pandas as pd
from zsbench.results import worth


def test_the_front_is_what_no_cheaper_one_beats():
    seconds = {"cheap": 1.0, "as_cheap": 1.0, "middle": 2.0, "worse": 3.0, "dear": 9.0, "unknown": math.nan, "free": 0}
    taus = {"cheap": 0.2, "as_cheap": 0.1, "middle": 0.5, "worse": 0.4, "dear": 0.6, "unknown": 0.9, "free": 0.9}
    correlations = pd.DataFrame(
        [
            {"proxy": name, "dataset": "digits", "tau": tau, "tau_low": 0.0, "tau_high": 1.0}
            for name, tau in taus.items()
        ]
    )
    frame = worth(correlations, pd.DataFrame({"proxy": list(seconds), "seconds": list(seconds.values())}))
    assert frame["proxy"].tolist() == ["cheap", "as_cheap", "middle", "worse", "dear"]
    assert frame["front"].tolist() == [True, False, True, False, True]


def test_each_data_set_has_its_own_front():
    rows = [("a", "x", 0.5), ("b", "x", 0.1), ("a", "y", 0.1), ("b", "y", 0.5)]
    correlations = pd.DataFrame(rows, columns=["proxy", "dataset", "tau"]).assign(tau_low=0.0, tau_high=1.0)
    noise = pd.DataFrame({"proxy": ["a", "b"], "seconds": [1.0, 2.0]})
    frame = worth(correlations, noise)
    assert frame["front"].tolist() == [True, False, True, True]
    assert worth(correlations.iloc[:0], noise).empty

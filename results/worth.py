"""What a proxy's score is worth against what it costs."""

import pandas as pd

from .pareto import pareto

COLUMNS = ["proxy", "dataset", "seconds", "tau", "tau_low", "tau_high", "front"]


def worth(correlations: pd.DataFrame, noise: pd.DataFrame) -> pd.DataFrame:
    """Seconds and Kendall's tau-b: `proxy, dataset, seconds, tau, tau_low, tau_high, front`.

    From the frames of `correlations` and `score_noise`; `seconds` is the median over the sample of what one score took.
    `front` is true where no other proxy on the data set is as cheap and better, or as good and cheaper. Proxies of
    which either is unknown are left out.
    """
    frame = correlations.merge(noise[["proxy", "seconds"]], on="proxy")
    frame = frame.dropna(subset=["seconds", "tau"])
    frame = frame[frame["seconds"] > 0]
    parts = [
        rows.assign(front=pareto(rows["seconds"], rows["tau"])) for _, rows in frame.groupby("dataset", sort=False)
    ]
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)

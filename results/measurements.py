"""What budgets limit, measured: winners beside what their searches believed, and the error of the predictor."""

import math
from dataclasses import dataclass

import pandas as pd

from results.ranking import spearman
from results.store import Store

KEY = ["proxy", "strategy", "seed"]
VALUES = ["predicted", "measured", "spread", "repeats", "resolution", "batch_size", "precision", "device", "status",
          "reason"]  # fmt: skip


@dataclass(frozen=True)
class PredictionError:
    """How well a predictor did on `n` random networks: rank correlation, and the median relative error of a value."""

    n: int
    spearman: float
    median_error: float


def checked_budgets(store: Store) -> pd.DataFrame:
    """One row per search and measured quantity of its winner, in the order of the searches.

    `proxy, strategy, seed, quantity` ("macs", or "latency_ms" of an image), the other columns of `measurements`, and
    `error`, the prediction's relative to the measured value (NaN where nothing was measured).
    """
    found = store.searches().dropna(subset="winner")[[*KEY, "winner"]]
    measured = store.measurements(role="winner")
    rows = found.merge(measured, left_on="winner", right_on="architecture")
    rows["error"] = rows["predicted"] / rows["measured"] - 1
    return rows[[*KEY, "quantity", *VALUES, "error"]]


def predicted_latencies(store: Store) -> pd.DataFrame:
    """Every latency that was predicted and measured: `role, architecture, predicted, measured, spread`, in ms an image.

    `role` is "sample" (a random network) or "winner".
    """
    rows = store.measurements(quantity="latency_ms", status="ok")
    rows = rows.sort_values(["role", "architecture"], ignore_index=True)
    return rows[["role", "architecture", "predicted", "measured", "spread"]]


def prediction_error(latencies: pd.DataFrame) -> PredictionError:
    """The predictor's error over the random networks of `predicted_latencies`; NaN where there are too few."""
    sample = latencies[latencies["role"] == "sample"]
    if sample.empty:
        return PredictionError(0, math.nan, math.nan)
    errors = (sample["predicted"] / sample["measured"] - 1).abs()
    return PredictionError(len(sample), spearman(sample["predicted"], sample["measured"]), float(errors.median()))

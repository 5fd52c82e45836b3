"""What budgets limit, measured: winners beside what their searches believed, and the error of the predictor."""

import math
from dataclasses import dataclass

import pandas as pd

from .ranking import spearman
from .store import Store

KEY = ["proxy", "strategy", "seed"]
VALUES = ["predicted", "measured", "spread", "drift", "repeats", "resolution", "batch_size", "precision", "device",
          "status", "reason"]  # fmt: skip


@dataclass(frozen=True)
class PredictionError:
    """How well a predictor did on `n` random networks: rank correlation, and the median relative error of a value.

    `raw_error` is that error where the drift of the machine's speed counts as the predictor's.
    """

    n: int
    spearman: float
    median_error: float
    raw_error: float


def checked_budgets(store: Store) -> pd.DataFrame:
    """One row per search and measured quantity of its winner, in the order of the searches.

    `proxy, strategy, seed, quantity` ("macs", or "latency_ms" of an image), the other columns of `measurements`, and
    `error`, the prediction's relative to the measured value without the machine's drift (NaN where nothing was
    measured).
    """
    found = store.searches().dropna(subset="winner")[[*KEY, "winner"]]
    measured = store.measurements(role="winner")
    rows = found.merge(measured, left_on="winner", right_on="architecture")
    rows["error"] = rows["predicted"] * rows["drift"].fillna(1.0) / rows["measured"] - 1
    return rows[[*KEY, "quantity", *VALUES, "error"]]


def predicted_latencies(store: Store) -> pd.DataFrame:
    """Every latency that was predicted and measured: `role, architecture, predicted, measured, spread, drift`.

    In ms an image; `role` is "sample" (a random network) or "winner". What was measured, and its spread, are those of a
    machine as fast as when the predictor was made: divided by `drift` (1 where it is not known).
    """
    rows = store.measurements(quantity="latency_ms", status="ok")
    rows = rows.sort_values(["role", "architecture"], ignore_index=True).fillna({"drift": 1.0})
    rows[["measured", "spread"]] = rows[["measured", "spread"]].div(rows["drift"], axis=0)
    return rows[["role", "architecture", "predicted", "measured", "spread", "drift"]]


def prediction_error(latencies: pd.DataFrame) -> PredictionError:
    """The predictor's error over the random networks of `predicted_latencies`; NaN where there are too few."""
    sample = latencies[latencies["role"] == "sample"]
    if sample.empty:
        return PredictionError(0, math.nan, math.nan, math.nan)
    ratios = sample["predicted"] / sample["measured"]
    error, raw_error = (float((ratio - 1).abs().median()) for ratio in (ratios, ratios / sample["drift"]))
    return PredictionError(len(sample), spearman(sample["predicted"], sample["measured"]), error, raw_error)

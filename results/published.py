"""Accuracies that papers report, to stand beside the measured ones."""

from pathlib import Path

import pandas as pd


def published() -> pd.DataFrame:
    """Published accuracies: `proxy, dataset, accuracy` (percent) and `source` (where, and under which budget)."""
    return pd.read_csv(Path(__file__).with_name("published.csv"), dtype={"accuracy": "float64"})

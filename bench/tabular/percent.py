"""Accuracies brought to percent."""

import pandas as pd

from ..errors import UsageError
from ..messages import say

DIGITS = 10  # of a percentage: what a product with 100 is rounded to, so that equal fractions stay equal


def in_percent(values: pd.Series, where: str) -> pd.Series:
    """The accuracies of one data set in percent; those from 0 to 1 are fractions, which is told on stderr.

    UsageError, which begins with `where`, for values outside 0 to 100, and where most are fractions but not all.
    """
    if not values.between(0, 100).all():
        wrong = "has values outside 0 to 100, so it holds no accuracies in percent: convert it, or remove it"
        raise UsageError(f"{where} {wrong}")
    if values.max() <= 1:
        say(f"{where}: values from 0 to 1 are fractions: multiplied by 100")
        return (100 * values).round(DIGITS)
    # In percent 1 is a chance hit among a hundred classes, so a few of a column may be so low.
    if (values.between(0, 1, inclusive="right").mean()) > 0.5:
        raise UsageError(f"{where} mixes values up to 1 with others up to {values.max():g}: give all in percent")
    return values

"""Accuracy of the best architecture so far, over evaluations and over seconds, for each search.

An equal number of evaluations favours proxies that are slow to compute, equal seconds those that are fast; and a bad
proxy looks good at a small budget, where its search has not yet found what it asks for. So the report shows three
things: the end of the searches (the comparison table) and both curves.
"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .points import accuracies
from .resampling import Array
from .store import Store

SEARCH = ["proxy", "strategy", "seed"]
CURVE_COLUMNS = [*SEARCH, "dataset", "evaluation", "seconds", "accuracy"]
BUDGET_COLUMNS = ["proxy", "strategy", "dataset", "axis", "budget", "median", "low", "high", "n"]
AXES = {"evaluations": "evaluation", "seconds": "seconds"}  # name of the axis to the column of a curve
DECADE = 10  # budgets between a power of ten and the next


def accuracy_curves(store: Store) -> pd.DataFrame:
    """Accuracy of each search's best so far (by score), to be drawn as steps.

    `proxy, strategy, seed, dataset, evaluation, seconds, accuracy`: one row where another architecture became the best
    and one at the end of the search, where its winner still is. `evaluation` counts scored candidates, `seconds` is
    what one worker would have needed so far, `accuracy` is in percent and missing where that architecture is not
    trained: what a table of a benchmark holds of every leader, a study that trains has of its winners and some others.
    """
    searches = store.searches().dropna(subset="winner")
    leaders = store.curves().dropna(subset="architecture")[[*SEARCH, "evaluation", "seconds", "architecture"]]
    ends = searches.rename(columns={"evaluations": "evaluation", "winner": "architecture"}).dropna(subset="evaluation")
    steps = pd.concat([leaders, ends[leaders.columns]], ignore_index=True)
    steps = steps.astype({"evaluation": "int64"})
    # A leader of the last evaluation may have taken a little less time than the search.
    steps = steps.drop_duplicates([*SEARCH, "evaluation"], keep="last")
    known = accuracies(store, steps["architecture"].unique())
    order = {proxy: place for place, proxy in enumerate(store.proxies()["proxy"])}
    parts = [
        steps.merge(rows[["architecture", "accuracy"]], how="left", on="architecture").assign(dataset=name)
        for name, rows in known.groupby("dataset")
    ]
    found = pd.concat(parts)[CURVE_COLUMNS] if parts else pd.DataFrame(columns=CURVE_COLUMNS)
    return found.sort_values(
        ["dataset", *SEARCH, "evaluation"],
        key=lambda column: column.map(order) if column.name == "proxy" else column,
        ignore_index=True,
    )


def budgets(curves: pd.DataFrame) -> pd.DataFrame:
    """Accuracy that searches had reached at each budget, from the frame of `accuracy_curves`.

    `proxy, strategy, dataset`, `axis` ("evaluations" or "seconds"), `budget` on that axis, then over search seeds
    `median`, `low` and `high` (the quartiles) and `n`, the seeds whose leader at that budget is trained: where it is
    not, nothing stands in for it. Budgets are those of `steps` from where all seeds have a leader to the end of the
    last search; a search that has ended keeps its winner. There are no rows where no search has leaders of two known
    accuracies: often only winners are trained.
    """
    rows = []
    for (dataset, proxy, strategy), mine in curves.groupby(["dataset", "proxy", "strategy"], sort=False):
        if mine.groupby("seed")["accuracy"].nunique().max() < 2:
            continue
        for axis, column in AXES.items():
            searches = [search for _, search in mine.dropna(subset=column).groupby("seed")]
            if not searches:
                continue
            first = max(search[column].min() for search in searches)
            last = max(search[column].max() for search in searches)
            grid = steps(float(first), float(last), whole=axis == "evaluations")
            reached = np.array([led(search[column], search["accuracy"], grid) for search in searches])
            for place, budget in enumerate(grid):
                present = reached[np.isfinite(reached[:, place]), place]
                if present.size:
                    low, median, high = (float(one) for one in np.quantile(present, [0.25, 0.5, 0.75]))
                    rows.append((proxy, strategy, dataset, axis, budget, median, low, high, present.size))
    return pd.DataFrame(rows, columns=BUDGET_COLUMNS)


def led(spent: ArrayLike, accuracies: ArrayLike, grid: ArrayLike) -> Array:
    """Accuracy of a search's best so far at each budget of `grid`; NaN before its first.

    `accuracies` became those of the best when `spent`, ascending, was spent.
    """
    places = np.searchsorted(np.asarray(spent, dtype=np.float64), grid, side="right")
    return np.concatenate([[math.nan], np.asarray(accuracies, dtype=np.float64)])[places]


def steps(first: float, last: float, whole: bool) -> Sequence[float]:
    """Budgets from `first` on, ten between two powers of ten, in equal ratios and rounded; then `last`.

    The same numbers for every search, so that proxies compare at equal budgets; `whole` ones where evaluations count.
    """
    if not 0 < first <= last:
        return [last] if last > 0 else []
    places = np.arange(math.floor(DECADE * math.log10(first)), math.ceil(DECADE * math.log10(last)) + 1)
    grid: Array = np.unique([_rounded(10.0 ** (place / DECADE), whole) for place in places])
    inner = [float(budget) for budget in grid if first <= budget < last]
    return [*inner, last]


def _rounded(value: float, whole: bool) -> float:
    return float(round(value)) if whole else float(f"{value:.2g}")

"""The comparison as one wide frame, a row for each of its rows: what `table.csv` holds."""

import pandas as pd

from ..results import Comparison

# Column of `Comparison.accuracies`: its name in the wide frame, before the searches' columns, and after them.
LEADING = {name: "{dataset}_" + name for name in ("mean", "half", "low", "high", "n", "published", "regret")}
CORRELATED = {"sampled": "n_{dataset}"} | {
    name: name + "_{dataset}" for name in ("tau", "tau_low", "tau_high", "rho", "rho_low", "rho_high")
}
TRAILING = {name: name + "_{dataset}" for name in ("letters", "tau_corrected")}
SEARCHED = [
    "params", "macs", "layers", "evaluations", "proposals", "duplicates", "rejected", "search_seconds", "score_seconds",
]  # fmt: skip
COUNTED = ["statuses", "winners", "distinct_winners", "score_percentile"]


def wide(comparison: Comparison) -> pd.DataFrame:
    """One row per row of the comparison, with the columns of each data set D side by side.

    `proxy`; `strategy`, where there are several; for each D `D_mean`, `D_half`, `D_low`, `D_high`, `D_n`,
    `D_published` and `D_regret`; the columns of `searches`; for each D `n_D` (the sampled architectures), `tau_D`,
    `tau_low_D`, `tau_high_D` and the same for rho; `statuses`, `winners`, `distinct_winners`, `score_percentile`; for
    each D `letters_D` and `tau_corrected_D`; `kind`. See `results.Comparison` for what they are.
    """
    searches = comparison.searches
    on = {name: comparison.on(name) for name in comparison.datasets}

    def pivoted(columns: dict[str, str]) -> dict[str, pd.Series]:
        return {
            title.format(dataset=name): frame[column] for name, frame in on.items() for column, title in columns.items()
        }

    return pd.DataFrame(
        {
            **searches[["proxy", *["strategy"] * comparison.several]],
            **pivoted(LEADING),
            **searches[SEARCHED],
            **pivoted(CORRELATED),
            **searches[COUNTED],
            **pivoted(TRAILING),
            "kind": searches["kind"],
        }
    )

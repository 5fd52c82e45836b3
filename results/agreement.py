"""What a cheap training is worth: how far two ways to train agree on which architecture is better."""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pandas as pd

from .ranking import kendall, spearman
from .statistics import bootstrap

SETTING = ("recipe", "epochs", "resolution", "train_images")  # with these, trainings of a data set are done alike
COLUMNS = (
    "dataset", "cheaper", "dearer", "n", "tau", "tau_low", "tau_high", "rho", "rho_low", "rho_high",
    "seconds_cheaper", "seconds_dearer",
)  # fmt: skip


def agreement(trainings: pd.DataFrame) -> pd.DataFrame:
    """Rank agreement of every two settings of a data set, over the architectures that both have trained.

    `trainings`: rows of the store's table, of one study or several. Settings differ in recipe, epochs, resolution or
    number of train images; where an architecture was trained under several seeds, its mean accuracy counts. Columns:
    the two settings, the cheaper one first; `n` architectures; Kendall's tau-b and Spearman's rho with the ends of
    their bootstrap intervals; median seconds of a training. As many rows as there are pairs: none where a data set was
    trained on in one way only.
    """
    measured = trainings[(trainings.status == "ok") & (trainings.source == "trained") & trainings.accuracy.notna()]
    rows = [row for dataset, group in measured.groupby("dataset") for row in _rows(str(dataset), group)]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _rows(dataset: str, trainings: pd.DataFrame) -> Iterator[dict[str, Any]]:
    several = [name for name in SETTING if trainings[name].nunique() > 1]
    groups = [(_label(group, several), group) for _, group in trainings.groupby(list(SETTING))]
    groups.sort(key=lambda one: one[1].seconds.median())
    for (cheaper, first), (dearer, second) in combinations(groups, 2):
        means = [group.groupby("architecture").accuracy.mean() for group in (first, second)]
        both = pd.concat(means, axis=1, join="inner", keys=("cheaper", "dearer"))
        x, y = both.cheaper, both.dearer
        tau, rho = bootstrap(x, y, kendall), bootstrap(x, y, spearman)
        values = len(both), kendall(x, y), *tau, spearman(x, y), *rho, first.seconds.median(), second.seconds.median()
        yield dict(zip(COLUMNS, (dataset, cheaper, dearer, *values), strict=True))


def _label(group: pd.DataFrame, several: list[str]) -> str:
    """The setting of a group in words: its recipe, and what else differs among the groups."""
    row = group.iloc[0]
    told = {
        "epochs": f"{row.epochs} epochs",
        "resolution": f"{row.resolution} px",
        "train_images": f"{row.train_images} images",
    }
    return ", ".join([str(row.recipe), *(text for name, text in told.items() if name in several)])

"""The noise of the accuracies, as tables for people."""

import math

import pandas as pd

from ..results import Comparison
from .statistics import Sheet
from .table import Cell
from .text import bounded, dataset_label

EXPLAINED = (
    ("ICC of accuracy", "how much of an accuracy is the architecture's and not the seed's? Intraclass correlation over "
     "training seeds: 1 is the same under all. Of an accuracy as the study takes it, the mean over its training seeds; "
     "beside it, that of one training."),
    ("τ between trainings", "the noise ceiling: how well the accuracies of one training seed order the architectures "
     "as those of another do."),
    ("perfect τ", "what a score would reach in the correlation that knew the architectures' accuracies without noise: "
     "2/π·asin(√ICC), by a Gaussian model. It is above the τ between trainings, where both sides are noisy."),
    ("τ corrected", "what the score would reach against accuracies without noise, by the same model: "
     "2/π·asin(sin(π/2·τ) / √ICC), 1 at most. As uncertain as τ and the ICC together."),
)  # fmt: skip


def noise_sheets(noise: pd.DataFrame, comparison: Comparison) -> list[Sheet]:
    """The frame of `results.accuracy_noise`, and τ beside what it would be without that noise; none where unknown."""
    known = noise[noise["architectures"] > 0]
    if known.empty:
        return []
    rows = [
        [
            Cell(dataset_label(str(record["dataset"]))),
            *(Cell(str(record[name])) for name in ("architectures", "seeds")),
            *(Cell(_bounded(record, name)) for name in ("accuracy_icc", "single_icc", "noise_ceiling_tau")),
            Cell(bounded(record["perfect_tau"], math.nan, math.nan)),
            Cell(bounded(record["seed_sd"], math.nan, math.nan)),
        ]
        for record in known.to_dict("records")
    ]
    header = [
        "Data set",
        "architectures",
        "seeds",
        "ICC of accuracy",
        "of one training",
        "τ between trainings",
        "perfect τ",
        "SD, pp",
    ]
    return [Sheet("Noise of the accuracies", header, rows), *_corrected(comparison)]


def _corrected(comparison: Comparison) -> list[Sheet]:
    proxies = comparison.of("proxy")
    taus = proxies.accuracies.drop_duplicates(["proxy", "dataset"])  # the same under every strategy
    known = taus.groupby("dataset")["tau_corrected"].transform(lambda column: column.notna().any())
    names = [name for name in proxies.datasets if name in set(taus.loc[known, "dataset"])]
    if not names:
        return []
    rows = [
        [Cell(str(proxy))]
        + [
            Cell(bounded(record[part], math.nan, math.nan))
            for record in own[own["dataset"].isin(names)].to_dict("records")
            for part in ("tau", "tau_corrected")
        ]
        for proxy, own in taus.groupby("proxy", sort=False)
    ]
    titles = [f"{part} {dataset_label(name)}" for name in names for part in ("τ", "τ corrected")]
    return [Sheet("τ without the noise of the accuracies", ["Proxy", *titles], rows)]


def _bounded(record: dict, name: str) -> str:
    return bounded(*(record[f"{name}{end}"] for end in ("", "_low", "_high")))

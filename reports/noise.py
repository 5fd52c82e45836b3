"""The noise of the accuracies, as tables for people."""

import math

import pandas as pd

from .columns import datasets
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


def noise_sheets(noise: pd.DataFrame, comparison: pd.DataFrame) -> list[Sheet]:
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


def _corrected(comparison: pd.DataFrame) -> list[Sheet]:
    proxies = comparison[comparison["kind"] == "proxy"].drop_duplicates("proxy")
    names = [name for name in datasets(comparison) if proxies[f"tau_corrected_{name}"].notna().any()]
    if not names:
        return []
    rows = [
        [Cell(str(record["proxy"]))]
        + [
            Cell(bounded(record[f"{part}_{name}"], math.nan, math.nan))
            for name in names
            for part in ("tau", "tau_corrected")
        ]
        for record in proxies.to_dict("records")
    ]
    titles = [f"{part} {dataset_label(name)}" for name in names for part in ("τ", "τ corrected")]
    return [Sheet("τ without the noise of the accuracies", ["Proxy", *titles], rows)]


def _bounded(record: dict, name: str) -> str:
    return bounded(*(record[f"{name}{end}"] for end in ("", "_low", "_high")))

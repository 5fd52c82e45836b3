"""Accuracies looked up in a table, as rows of the store."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Any

import pandas as pd

from ...search import Budget
from ...space import Space
from ..rows import size_columns


def _mean_by_key(table: pd.DataFrame, within: Space[Any]) -> dict[Hashable, float]:
    """For each pair of a key of the space and a data set, the mean accuracy of the architectures that share the key."""
    keys = {text: within.key(within.parse(text)) for text in table.architecture.unique()}
    return table.groupby([table.architecture.map(keys), "dataset"])["accuracy"].mean().to_dict()


def accuracy_rows(
    table: pd.DataFrame, texts: Iterable[str], within: Space[Any], budget: Budget
) -> Iterator[dict[str, Any]]:
    """Rows of the store's table `trainings` for these architectures.

    An architecture that the table lacks gets the mean accuracy of those that are the same network, written differently.
    If there are none, its row has status "error" and a reason.
    """
    known = table.set_index(["architecture", "dataset"])["accuracy"].to_dict()
    datasets, texts = list(table.dataset.unique()), list(texts)
    whole = all((text, dataset) in known for text in texts for dataset in datasets)
    alike = {} if whole else _mean_by_key(table, within)  # it takes a second for a table of 15,625 cells
    for text in texts:
        architecture = within.parse(text)
        size = size_columns(budget.cost(architecture))
        for dataset in datasets:
            accuracy = known.get((text, dataset), alike.get((within.key(architecture), dataset)))
            yield {
                "architecture": text,
                "dataset": dataset,
                "resolution": budget.resolution,
                "train_images": 0,
                "recipe": "table",
                "epochs": 0,
                "seed": 0,
                "accuracy": accuracy,
                "status": "error" if accuracy is None else "ok",
                "reason": "the table has no such row" if accuracy is None else "",
                "params": size["params"],
                "macs": size["macs"],
                "source": within.name,
            }

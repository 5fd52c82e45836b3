"""The facts of a study that no row tells: values in the store's table `settings`, under keys that are declared here.

A fact is a text or, under a key of `TYPED`, a value of JSON; `reports` makes sentences of them. A study of an earlier
version holds sentences under those keys: `read` gives them as the texts that they are.
"""

import json
from collections.abc import Mapping
from typing import Any

from .store import Store

NAME = "name"
DESCRIPTION = "description"
SPACE = "space"
BUDGET = "budget"  # {limit: value}: params, macs, layers, effectiveness, latency_ms, those that there are
SEARCH = "search"  # {strategies, evaluations, population, seeds}; None: no search
SCORE = "score"  # {protocol, resolution, batch_size, data, seeds, overrides: {proxy: {name: value}}}
SAMPLE = "sample"  # {drawn, seed, top, replicates}, `drawn` one of DRAWN; None: no sample
# {source: TRAINED, recipe, epochs, datasets, seeds} or {source: LOOKED_UP, datasets}; None: neither
TRAINING = "training"
TRAINING_SEEDS = "training_seeds"  # those under which every architecture is trained
WALL_SECONDS = "wall_seconds"  # of all runs of the study together
BEST = "best."  # followed by a data set: the best accuracy, in percent, that a tabular benchmark holds
ENVIRONMENT = "environment."  # followed by a name: the machine, versions and digests

TYPED = frozenset({BUDGET, SEARCH, SCORE, SAMPLE, TRAINING, TRAINING_SEEDS})
TRAINED, LOOKED_UP = "trained", "table"  # where accuracies come from: trainings of the study, or a table
DRAWN = ALL, GIVEN, UNIFORM, WALKS = "all", "given", "uniform", "walks"  # how the sample's architectures were chosen


def read(store: Store) -> dict[str, Any]:
    """Every fact of a study, in the order in which they were first written."""
    return parsed(dict(store.settings()[["key", "value"]].itertuples(index=False, name=None)))


def parsed(texts: Mapping[str, str]) -> dict[str, Any]:
    """Facts from the texts that are stored of them."""
    return {key: _value(text) if key in TYPED else text for key, text in texts.items()}


def write(store: Store, facts: Mapping[str, Any]) -> None:
    """Write facts over what was there, all or none of them."""
    store.set_settings({key: json.dumps(value) if key in TYPED else value for key, value in facts.items()})


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # a sentence of an earlier version
        return text

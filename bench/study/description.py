"""The facts of a study's configuration, from which `reports` makes sentences."""

from collections.abc import Sequence
from typing import Any

from ...results import facts
from .config import ALL, StudyConfig


def configured(config: StudyConfig, table: Sequence[str] | None) -> dict[str, Any]:
    """The facts of a whole study; `table`: the data sets of its table of accuracies, None if the study trains."""
    return {
        **searched(config),
        facts.SCORE: _score(config, config.correlation.repeats),
        facts.SAMPLE: _sample(config, table),
        facts.TRAINING: _training(config, table),
    }


def searched(config: StudyConfig) -> dict[str, Any]:
    """The facts of searches without a sample and trainings."""
    limits = config.budget.model_dump(exclude_none=True, exclude={"resolution", "num_classes"})
    return {
        facts.NAME: config.name,
        facts.DESCRIPTION: config.description,
        facts.SPACE: config.space.name,
        facts.BUDGET: limits,
        facts.SEARCH: _search(config),
        facts.SCORE: _score(config, 1),
        facts.SAMPLE: None,
        facts.TRAINING: None,
        facts.TRAINING_SEEDS: config.train.seeds if config.table is None else [0],
    }


def _search(config: StudyConfig) -> dict[str, Any] | None:
    search = config.search
    if search.evaluations == 0:
        return None
    settings = search.model_dump(include={"strategies", "evaluations", "population"})
    return {**settings, "seeds": config.seeds}


def _score(config: StudyConfig, repeats: int) -> dict[str, Any]:
    score = config.score
    settings = score.model_dump(include={"protocol", "resolution", "batch_size", "data"})
    overrides = {name: own.model_dump(exclude_none=True) for name, own in score.overrides.items()}
    seeds = list(range(score.seed, score.seed + repeats))
    return {**settings, "seeds": seeds, "overrides": overrides}


def _sample(config: StudyConfig, table: Sequence[str] | None) -> dict[str, Any]:
    sample = config.correlation
    if sample.architectures == ALL:
        drawn = facts.ALL
    elif sample.architectures is not None:
        drawn = facts.GIVEN
    else:
        drawn = facts.WALKS if config.search_space().size is None else facts.UNIFORM
    replicates = sample.replicates if table is None else 0
    return {"drawn": drawn, "seed": sample.seed, "top": sample.top, "replicates": replicates}


def _training(config: StudyConfig, table: Sequence[str] | None) -> dict[str, Any] | None:
    training = config.train
    if table is not None:
        return {"source": facts.LOOKED_UP, "datasets": list(table)}
    if not training.datasets:
        return None
    settings = {"recipe": training.recipe, "epochs": config.epochs, "datasets": training.datasets}
    return {"source": facts.TRAINED, **settings, "seeds": training.seeds}

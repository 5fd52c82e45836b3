"""A folder that keeps what `correlate` scored against a table: a study without searches and trainings."""

from collections.abc import Sequence
from concurrent.futures import Executor

import pandas as pd

from ...space import Space
from ..jobs import Setting
from ..tabular.lookup import accuracy_rows
from ..tabular.trained import table_digest
from .config import StudyConfig, validate
from .description import configured
from .folder import StudyFolder
from .study import TABLE_DIGEST, Study


def configuration(
    names: Sequence[str], setting: Setting, table: str, samples: int | None, sources: dict[str, str]
) -> StudyConfig:
    """Make the settings of such a folder: proxies, how they are scored, and the table."""
    raw = {
        "name": "correlate",
        "proxies": list(names),
        "sources": sources,
        "table": table,
        "space": {"name": setting.space},
        "budget": {"resolution": setting.resolution, "num_classes": setting.num_classes},
        "search": {"evaluations": 0},
        "score": {
            "protocol": setting.protocol,
            "seed": setting.seed,
            "resolution": setting.resolution,
            "batch_size": setting.batch_size,
            "data": setting.data,
            "limit": setting.limit,
        },
        "train": {"datasets": [], "data_root": setting.data_root},
        "correlation": {"samples": samples or 0, "seed": setting.seed, "repeats": 1},
    }
    return validate(raw, "correlate")


def score_into(
    folder: StudyFolder, within: Space, accuracies: pd.DataFrame, executor: Executor, device: str
) -> pd.DataFrame:
    """Score the architectures of `accuracies` that the folder lacks, write the report; return all score rows."""
    config = folder.config
    folder.pin(TABLE_DIGEST, table_digest(str(config.table)), f"table {config.table}")
    study = Study(config.model_copy(update={"table": None}), folder, executor, device)
    study.describe(configured(config, list(accuracies.dataset.unique())))
    texts = list(accuracies.architecture.unique())
    if folder.store.samples().empty:
        study.add_samples("random", map(within.parse, texts))
    study.score_samples()
    folder.store.add_trainings(accuracy_rows(accuracies, texts, within, study.budget))
    from ... import reports  # at first use: half a second's import that a search does without

    reports.write_report(folder.store, folder.report)
    return folder.store.scores(seed=config.score.seed)

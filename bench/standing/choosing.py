"""Which tables a proxy is ranked on, and tables without stored scores: a space and a file of accuracies."""

from pathlib import Path
from random import Random

import pandas as pd

from ... import space
from ...results import Trained
from ...results.scores import COUNTS_SIZE, COVARIATES
from ..errors import UsageError
from ..jobs import Setting
from ..rows import Row
from ..tabular import trained
from ..tabular.tables import read_table
from .table import LIMIT, RankingTable, about, as_frames

BATCH_SIZE = 64  # images of a score where no stored scores say how many
SEEDS = (0, 1, 2)


def chosen(on: str | None, table: str | None) -> list[tuple[str, str | None]]:
    """The shipped tables that `--on` and `--table` select, each with the file of its accuracies, or None."""
    if on is not None:
        names = list(dict.fromkeys(name.strip() for name in on.split(",") if name.strip()))
        if not names:
            raise UsageError("--on: name at least one table; see `zsbench list tables`")
        if table is None:
            return [(name, None) for name in names]
        without = [name for name in names if not trained.find(name).has_accuracies]
        if len(without) > 1 or (not without and len(names) > 1):
            raise UsageError("--table: it holds the accuracies of one table; name that one with --on")
        return [(name, table if name in without or len(names) == 1 else None) for name in names]
    if table is None:
        return [(trained.default().name, None)]
    if trained.is_name(table):
        return [(table, None)]
    return [(_of_file(table), table)]


def _of_file(path: str) -> str:
    """The name of the shipped table whose networks a file of accuracies lists."""
    if not Path(path).is_file():
        raise UsageError(f"--table {path}: no such file, and no table of `zsbench list tables`")
    for name, table in trained.tables().items():
        if table.has_accuracies:
            continue
        try:
            read_table(path, space.get(table.space))
        except UsageError:
            continue
        return name
    raise UsageError(
        f"--table {path}: not the accuracies of a table whose scores are stored; see `zsbench list tables`"
    )


def of_space(within: space.Space, path: str, seed: int = 0) -> RankingTable:
    """The networks of a file of accuracies, for a space without stored scores.

    The counts of parameters, multiply-adds and layers are computed now, to compare with: they cost nothing.
    """
    accuracies = read_table(path, within)
    texts = list(accuracies["architecture"].unique())
    setting = Setting(
        space=within.name,
        seed=0,
        protocol="published",
        resolution=within.resolution,
        batch_size=BATCH_SIZE,
        num_classes=within.num_classes,
        data="noise",
        device="cpu",
        limit=LIMIT,
    )
    parsed = [within.parse(text) for text in texts]
    rows: list[Row] = [setting.scorer(name)(one) for name in COUNTS_SIZE for one in parsed]
    costs = [space.cost(one, within.resolution, within.num_classes) for one in parsed]
    sizes = {name: [getattr(cost, name) for cost in costs] for name in COVARIATES}
    held = Trained(
        pd.DataFrame({"architecture": texts, **sizes}),
        accuracies,
        as_frames(COUNTS_SIZE[0], rows)[0],
        pd.DataFrame([about(name) for name in COUNTS_SIZE]),
    )
    order = sorted(texts)
    Random(seed).shuffle(order)
    return RankingTable(Path(path).stem, within.name, held, setting, SEEDS, tuple(order))

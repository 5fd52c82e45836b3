"""`correlate`: rank correlations of scores with accuracies that are known already."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer

from ... import proxies, results
from ...results.scores import COUNTS_SIZE, COVARIATES, resamples_of
from ...space import Space
from ..errors import UsageError
from ..executors.local import open_executor
from ..executors.running import run_jobs
from ..jobs import ScoreJob
from ..messages import say
from ..study.folder import open_folder
from ..study.study import Study
from ..tabular.tables import read_table
from . import options
from .study import study_of


@options.with_score_options
def correlate(
    context: typer.Context,
    space: options.SpaceName,
    proxy: options.ProxyNames,
    how: options.ScoreOptions,
    table: Annotated[
        Path | None,
        typer.Option("--table", help="CSV with a column of architectures and one column of accuracies per data set."),
    ] = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", help="Accuracy columns of the table, separated by commas; default: the first one."),
    ] = None,
    study: Annotated[Path | None, typer.Option("--study", help="Folder of a study, whose sample is used.")] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", min=3, help="Number of architectures, drawn at random; default: all.")
    ] = None,
    imports: options.Imports = None,
    workers: options.Workers = None,
    as_json: options.Json = False,
) -> None:
    """Compute the rank correlation of scores with known accuracies.

    With `--table`, architectures of the table are scored now. With `--study`, the scores of the study's sample are
    compared with the study's accuracies; with both options, with the accuracies of the table.
    """
    if table is None and study is None:
        raise UsageError("correlate: give --table, --study, or both")
    digests = options.load_imports(imports)
    names = options.proxy_names(proxy)
    within = options.space_named(space)
    measured = None if table is None else read_table(table, within, _columns(columns), first=True)
    if study is not None:
        _refuse_given(context)
        scores, accuracies = _of_study(study, within, names, workers, imports, digests)
        if measured is not None:
            accuracies = measured[measured.architecture.isin(scores.architecture)]
        if accuracies.empty:
            raise UsageError(
                f"{study}: its sample has no accuracies; run the study first, or add a --table that has them"
            )
        accuracies = _drawn(accuracies, samples, how.seed)
    else:
        assert measured is not None
        accuracies = _drawn(measured, samples, how.seed)
        setting = how.setting(within, names)
        texts = accuracies.architecture.unique()
        jobs = [ScoreJob(name, text, setting) for name in names for text in texts]
        with open_executor(workers, 1, imports or (), device=setting.device) as pool:
            scores = pd.DataFrame([row for _, row in run_jobs(pool, jobs, "score")])
    for row in _rows(names, scores, accuracies):
        print(json.dumps(row) if as_json else _line(row))
    failures = scores[(scores.status != "ok") & scores.proxy.isin(names)]
    for failed in failures.drop_duplicates(["proxy", "status"]).itertuples():
        say(f"{failed.proxy}: some scores failed with status {failed.status}, for example: {failed.reason}")


def _columns(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]


def _refuse_given(context: typer.Context) -> None:
    """Raise UsageError for an option that the settings of the study decide."""
    for name in (field.name for field in fields(options.ScoreOptions) if field.name != "seed"):
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise UsageError(f"--{name.replace('_', '-')}: a study has its own; leave this option out with --study")


def _of_study(
    path: Path,
    within: Space,
    names: list[str],
    workers: int | None,
    imports: Sequence[Path] | None,
    digests: dict[str, str],
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores and accuracies of a study's sample. Missing scores are computed as the study would, and stored there."""
    config = study_of(path)
    if config.space.name != within.name:
        raise UsageError(f"--space {within.name}: the study in {path} searches the space {config.space.name!r}")
    # The store has the accuracies already; the table is not needed, and may have moved.
    wanted = config.model_copy(update={"proxies": names, "table": None})
    with open_folder(path, config) as folder:
        devices = folder.store.sample_scores().device
        if devices.empty:
            raise UsageError(f"{path}: this study has scored no sample yet; run it first")
        device = options.device(devices.iloc[0])
        with open_executor(workers, config.threads, imports or (), config.combinations, device) as pool:
            study = Study(wanted, folder, pool, device)
            for name in names:
                study.check_source(name, digests.get(name))
            study.check_versions()
            study.score_samples()
        scores = folder.store.sample_scores()
        scores["components"] = scores["components"].map(json.loads, na_action="ignore")
        sampled = folder.store.samples(stratum=results.STRATUM).architecture
        accuracies = results.accuracies(folder.store, sampled)
    return scores, accuracies


def _drawn(accuracies: pd.DataFrame, samples: int | None, seed: int) -> pd.DataFrame:
    if samples is None:
        return accuracies
    distinct = accuracies.architecture.drop_duplicates()
    return accuracies[accuracies.architecture.isin(distinct.sample(min(samples, len(distinct)), random_state=seed))]


def _rows(names: list[str], scores: pd.DataFrame, accuracies: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """One row for each proxy and data set; scores change their sign if lower ones are better."""
    for name in names:
        mine = scores[(scores.proxy == name) & scores.architecture.isin(accuracies.architecture)]
        values = _values(name, mine[mine.status == "ok"])
        sizes = mine.drop_duplicates("architecture").set_index("architecture")[list(COVARIATES)]
        for dataset, part in accuracies.groupby("dataset", sort=False):
            covariates = sizes.reindex(part.architecture).to_numpy("float64", na_value=float("nan"))
            result = results.correlate(
                part.architecture.map(values).astype("float64"),
                part.accuracy,
                None if name in COUNTS_SIZE else covariates,
                params=covariates[:, 0],
                resamples=resamples_of(len(part)),
            )
            failed = int(part.architecture.isin(mine.architecture).sum() - part.architecture.isin(values.index).sum())
            numbers = {key: None if value != value else value for key, value in result.row().items()}
            yield {"proxy": name, "dataset": dataset, **numbers, "failed": failed}


def _values(name: str, scores: pd.DataFrame) -> pd.Series:
    """Values by architecture, higher is better. Those of a relative proxy are its ranks among these scores."""
    proxy = proxies.get(name)
    texts = pd.Index(scores.architecture)
    if proxy.relative:
        components = np.array(scores.components.tolist(), dtype=np.float64).reshape(len(scores), -1)
        return pd.Series(results.ranked(components, proxy.relative) if len(scores) else [], index=texts, dtype=float)
    sign = 1 if proxy.higher_is_better else -1
    return pd.Series(scores.value.to_numpy("float64") * sign, index=texts)


def _line(row: dict[str, Any]) -> str:
    def interval(name: str) -> str:
        if row[name] is None:
            return f"{name} –"
        if row[f"{name}_low"] is None:
            return f"{name} {row[name]:+.3f}"
        return f"{name} {row[name]:+.3f} [{row[f'{name}_low']:+.3f}, {row[f'{name}_high']:+.3f}]"

    failed = f"\t{row['failed']} failed" if row["failed"] else ""
    return f"{row['proxy']}\t{row['dataset']}\tn {row['n']}\t{interval('tau')}\t{interval('rho')}{failed}"

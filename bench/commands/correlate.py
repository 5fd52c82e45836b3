"""`correlate`: rank correlations of scores with accuracies that are known already."""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

from ... import results
from ... import space as spaces
from ...results.scores import COVARIATES
from ...space import Space
from ..errors import UsageError
from ..executors.local import open_executor
from ..executors.running import run_jobs
from ..jobs import ScoreJob
from ..messages import say
from ..rows import size_columns
from ..study.correlated import configuration, score_into
from ..study.folder import open_folder
from ..study.study import Study
from ..tabular.scores import read_scores
from ..tabular.tables import read_table
from . import options
from .correlations import given_rows, line, rows
from .study import study_of


@options.with_score_options
def correlate(
    context: typer.Context,
    space: options.SpaceName,
    how: options.ScoreOptions,
    proxy: Annotated[str | None, typer.Option("--proxy", help="A proxy, or several separated by commas.")] = None,
    table: options.Table = None,
    columns: Annotated[
        str | None,
        typer.Option("--columns", help="Accuracy columns of the table, separated by commas; default: the first one."),
    ] = None,
    study: Annotated[Path | None, typer.Option("--study", help="Folder of a study, whose sample is used.")] = None,
    samples: Annotated[
        int | None, typer.Option("--samples", min=3, help="Number of architectures, drawn at random; default: all.")
    ] = None,
    given: Annotated[
        Path | None,
        typer.Option("--scores", help="CSV of scores that you have: a column of architectures and one per proxy."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder that keeps scores and report; run again, it grows.")
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
    if proxy is None and given is None:
        raise UsageError("correlate: give --proxy, --scores, or both")
    if out is not None and proxy is None:
        raise UsageError("--out: it keeps scores that are computed now; give --proxy too")
    if out is not None and study is not None:
        raise UsageError("--out: with --study, scores are kept in the study's own folder; leave it out")
    digests = options.load_imports(imports)
    names = [] if proxy is None else options.proxy_names(proxy)
    within = options.space_named(space)
    theirs = None if given is None else read_scores(given, within)
    measured = None if table is None else read_table(table, within, _columns(columns), first=True)
    if theirs is not None and measured is not None:
        _tell_lacking(theirs, str(given), measured)
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
        if out is None:
            texts = accuracies.architecture.unique()
            jobs = [ScoreJob(name, text, setting) for name in names for text in texts]
            with open_executor(workers, 1, imports or (), device=setting.device) as pool:
                scores = pd.DataFrame([row for _, row in run_jobs(pool, jobs, "score")])
        else:
            config = configuration(names, setting, str(table), samples, digests)
            with (
                open_folder(out, config, grow=True) as folder,
                open_executor(workers, 1, imports or (), device=setting.device) as pool,
            ):
                scores = score_into(folder, within, accuracies, pool, setting.device)
                scores["components"] = scores["components"].map(json.loads, na_action="ignore")
            say(f"kept in {out}; report: {out / 'report' / 'index.html'}")
    if names:
        _tell_settings(scores[scores.proxy.isin(names)], accuracies)
    found = list(rows(names, scores, accuracies))
    if theirs is not None and given is not None:
        found += given_rows(theirs, given.name, accuracies, _sizes(accuracies, how, within))
    for row in found:
        print(json.dumps(row) if as_json else line(row))
    if not names:
        return
    failures = scores[(scores.status != "ok") & scores.proxy.isin(names)]
    for failed in failures.drop_duplicates(["proxy", "status"]).itertuples():
        say(f"{failed.proxy}: some scores failed with status {failed.status}, for example: {failed.reason}")


def _sizes(accuracies: pd.DataFrame, how: options.ScoreOptions, within: Space) -> pd.DataFrame:
    """The covariates of correlations, by architecture."""
    side, classes = how.resolution or within.resolution, how.classes(within)
    texts = accuracies.architecture.unique()
    costs = [size_columns(spaces.cost(within.parse(text), side, classes)) for text in texts]
    return pd.DataFrame(costs, index=texts)[list(COVARIATES)]


def _tell_lacking(theirs: pd.DataFrame, given: str, accuracies: pd.DataFrame) -> None:
    """Say how many architectures have accuracies, but none of the given scores."""
    texts = accuracies.architecture.drop_duplicates()
    lacking = int((~texts.isin(theirs.architecture)).sum())
    if lacking == len(texts):
        raise UsageError(f"scores {given}: none of the {len(texts)} architectures that have accuracies is in it")
    if lacking:
        say(f"scores {given}: {lacking} of {len(texts)} architectures have no score there")


def _tell_settings(scores: pd.DataFrame, accuracies: pd.DataFrame) -> None:
    """How the scores were computed, one line for each way, on stderr."""
    how = ["space", "protocol", "data", "batch_size", "resolution", "seed", "device"]
    for key, part in scores.groupby(how, sort=False):
        space, protocol, data, batch, side, seed, device = key
        say(
            f"{', '.join(part.proxy.unique())}: {accuracies.architecture.nunique():,} architectures of {space}, "
            f"protocol {protocol}, {data}, batch {batch}, {side} px, seed {seed}, on {device}"
        )


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
            study.list_proxies()  # so that reports show it, though the study may not search by it
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

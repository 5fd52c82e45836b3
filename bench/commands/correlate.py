"""`correlate`: rank correlations of scores with accuracies that are known already."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

import proxies
import results
from bench.commands import options
from bench.commands.study import study_of
from bench.errors import UsageError
from bench.folder import open_folder
from bench.running import run_jobs
from bench.study import Study
from space import Space

ACCURACIES = ["architecture", "dataset", "accuracy"]


def correlate(
    context: typer.Context,
    space: options.SpaceName,
    proxy: options.ProxyNames,
    table: Annotated[Path | None, typer.Option("--table", help="CSV: architecture, accuracy[, dataset].")] = None,
    study: Annotated[Path | None, typer.Option("--study", help="A study's folder: its trained sample.")] = None,
    samples: Annotated[int | None, typer.Option("--samples", min=3, help="Architectures drawn; default: all.")] = None,
    seed: options.Seed = 0,
    resolution: options.Resolution = None,
    batch_size: options.BatchSize = 64,
    num_classes: options.NumClasses = None,
    protocol: options.ProtocolName = "published",
    data: options.DataName = "noise",
    data_root: options.DataRoot = None,
    limit: options.Limit = 120.0,
    imports: options.Imports = None,
    workers: options.Workers = None,
    device: options.Device = "auto",
    as_json: options.Json = False,
) -> None:
    """Correlate scores with a table's accuracies, or with those of a study's sample under that study's settings."""
    if (table is None) == (study is None):
        raise UsageError("correlate: give either --table or --study")
    options.load_imports(imports)
    names = options.proxy_names(proxy)
    within = options.space_named(space)
    if study is not None:
        _refuse_given(context)
        scores, accuracies = _of_study(study, within, names, workers, imports)
        accuracies = _drawn(accuracies, samples, seed)
    else:
        assert table is not None
        settings = options.ScoreSettings(
            seed, resolution, batch_size, num_classes, protocol, data, data_root, limit, options.device(device)
        )
        accuracies = _drawn(_of_table(table, within), samples, seed)
        template = settings.job(within)
        texts = accuracies.architecture.unique()
        jobs = [replace(template, proxy=name, architecture=text) for name in names for text in texts]
        with options.executor(workers, 1, template.device, imports) as crew:
            scores = pd.DataFrame([row for _, row in run_jobs(crew, jobs, "score")])
    for row in _rows(names, scores, accuracies):
        print(json.dumps(row) if as_json else _line(row))


def _refuse_given(context: typer.Context) -> None:
    """UsageError for an option that a study has its own setting for."""
    for name in ("resolution", "batch_size", "num_classes", "protocol", "data", "data_root", "limit", "device"):
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            raise UsageError(f"--{name.replace('_', '-')}: a study has its own; leave it out with --study")


def _of_study(
    path: Path, within: Space, names: list[str], workers: int | None, imports: Sequence[Path] | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Scores and accuracies of a study's sample; scores that it lacks are computed as it would, and kept there."""
    config = study_of(path)
    if config.space.name != within.name:
        raise UsageError(f"--space {within.name}: the study in {path} is of space {config.space.name!r}")
    wanted = config.model_copy(update={"proxies": names})
    with open_folder(path, config) as folder:
        devices = folder.store.searches().device
        if devices.empty:
            raise UsageError(f"{path}: the study has no finished search yet; run it first")
        device = options.device(devices.iloc[0])
        with options.executor(workers, config.threads, device, imports, config.combinations) as crew:
            Study(wanted, folder, crew, device).score_samples()
        scores = folder.store.sample_scores()
        trained = folder.store.trainings(status="ok")
        accuracies = trained[trained.architecture.isin(folder.store.samples().architecture)]
    return scores, accuracies.groupby(ACCURACIES[:2], as_index=False)["accuracy"].mean()


def _of_table(path: Path, within: Space) -> pd.DataFrame:
    """The accuracy rows of a CSV file, architectures in their normal form."""
    try:
        frame = pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise UsageError(f"--table {path}: {' '.join(str(error).split())}") from None
    for column in ("architecture", "accuracy"):
        if column not in frame:
            raise UsageError(f"--table {path}: no column {column!r}; there are: {', '.join(map(str, frame.columns))}")
    if not pd.api.types.is_numeric_dtype(frame.accuracy):
        raise UsageError(f"--table {path}: column 'accuracy' is not numeric")
    if "dataset" not in frame:
        frame["dataset"] = path.stem
    frame["architecture"] = [str(options.architecture(str(text), within)) for text in frame.architecture]
    frame = frame.dropna(subset="accuracy")
    if frame.empty:
        raise UsageError(f"--table {path}: no row has an accuracy")
    return frame.groupby(ACCURACIES[:2], as_index=False)["accuracy"].mean()


def _drawn(accuracies: pd.DataFrame, samples: int | None, seed: int) -> pd.DataFrame:
    if samples is None:
        return accuracies
    distinct = accuracies.architecture.drop_duplicates()
    return accuracies[accuracies.architecture.isin(distinct.sample(min(samples, len(distinct)), random_state=seed))]


def _rows(names: list[str], scores: pd.DataFrame, accuracies: pd.DataFrame) -> Iterator[dict[str, Any]]:
    """One row a proxy and data set; the score is turned where lower is better."""
    for name in names:
        sign = 1 if proxies.get(name).higher_is_better else -1
        mine = scores[scores.proxy == name]
        means = mine[mine.status == "ok"].groupby("architecture")["value"].mean() * sign
        for dataset, part in accuracies.groupby("dataset"):
            result = results.correlate(part.architecture.map(means).astype("float64"), part.accuracy)
            failed = int(part.architecture.nunique() - part.architecture.isin(means.index).sum())
            numbers = {key: None if value != value else value for key, value in asdict(result).items()}
            yield {"proxy": name, "dataset": dataset, **numbers, "failed": failed}


def _line(row: dict[str, Any]) -> str:
    def interval(name: str) -> str:
        if row[name] is None:
            return f"{name} –"
        return f"{name} {row[name]:+.3f} [{row[f'{name}_low']:+.3f}, {row[f'{name}_high']:+.3f}]"

    failed = f"\t{row['failed']} failed" if row["failed"] else ""
    return f"{row['proxy']}\t{row['dataset']}\tn {row['n']}\t{interval('tau')}\t{interval('rho')}{failed}"

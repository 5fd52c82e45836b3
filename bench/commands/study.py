"""`run`, `search` and `report`: the commands that work on a study's folder."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer

import reports
import results
from bench import config, toml
from bench.commands import options
from bench.config import StudyConfig
from bench.errors import UsageError
from bench.executors import open_executor
from bench.folder import open_folder
from bench.progress import say
from bench.study import Study
from results import Store

TABLES: dict[str, Callable[[pd.DataFrame], str]] = {
    "md": reports.markdown,
    "csv": reports.csv,
    "tex": reports.latex,
    "json": lambda frame: frame.to_json(orient="records", lines=True),
}


def run(
    preset_or_toml: Annotated[str, typer.Argument(help="A preset (see `zsbench list presets`) or a .toml file.")],
    out: Annotated[Path | None, typer.Option("--out", help="Folder for results; default: runs/NAME.")] = None,
    settings: Annotated[list[str] | None, typer.Option("--set", help="key=value on top, e.g. seeds=[0,1,2].")] = None,
    data_root: options.DataRoot = None,
    imports: options.Imports = None,
    workers: options.Workers = None,
    device: options.Device = "auto",
) -> None:
    """Run a whole study: search, train, correlate, report. Run again, it goes on where it was."""
    extra = options.load_imports(imports)
    overrides = list(settings or [])
    if data_root is not None:
        overrides.append(f"train.data_root={data_root}")
    study = config.load(preset_or_toml, overrides, extra)
    resolved = options.device(device)
    crew = options.Crew(workers, imports)
    with open_folder(out or Path("runs") / study.name, study) as folder:
        with open_executor(crew.count(study.threads), study.threads, crew.imports) as executor:
            page = Study(study, folder, executor, resolved).run()
        print(reports.markdown(results.comparison(folder.store)))
    print(f"report: {page}")


def search(
    space: options.SpaceName,
    proxy: options.ProxyNames,
    evaluations: Annotated[int, typer.Option("--evaluations", min=1, help="Candidates that are scored.")],
    out: options.Out,
    params: Annotated[int | None, typer.Option("--params", min=1, help="Most parameters.")] = None,
    macs: Annotated[int | None, typer.Option("--macs", min=1, help="Most multiply-adds.")] = None,
    layers: Annotated[int | None, typer.Option("--layers", min=1, help="Most layers.")] = None,
    effectiveness: Annotated[float | None, typer.Option("--effectiveness", help="Largest effectiveness.")] = None,
    initial: Annotated[str | None, typer.Option("--initial", help="Architecture to start from.")] = None,
    population: Annotated[int, typer.Option("--population", min=1)] = 256,
    lag: Annotated[int, typer.Option("--lag", min=1, help="Candidates out at a time; part of the result.")] = 8,
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
) -> None:
    """Run one search and print its winner as one JSON line."""
    options.load_imports(imports)
    within = options.space_named(space)
    classes = num_classes or within.num_classes
    raw = {
        "name": "search",
        "proxies": options.proxy_names(proxy),
        "seeds": [seed],
        "space": {"name": space, "initial": initial},
        "budget": {
            "params": params,
            "macs": macs,
            "layers": layers,
            "effectiveness": effectiveness,
            "resolution": within.resolution,
            "num_classes": classes,
        },
        "search": {"evaluations": evaluations, "population": population, "lag": lag},
        "score": {
            "protocol": protocol,
            "resolution": resolution or within.resolution,
            "batch_size": batch_size,
            "data": data,
            "limit": limit,
        },
        "train": {"data_root": data_root},
    }
    if len(raw["proxies"]) != 1:
        raise UsageError("--proxy: a search is driven by one proxy; `zsbench run` compares several")
    study = config.validate(raw, "search")
    resolved = options.device(device)
    crew = options.Crew(workers, imports)
    with open_folder(out, study) as folder:
        with open_executor(crew.count(study.threads), study.threads, crew.imports) as executor:
            Study(study, folder, executor, resolved).search()
        row = folder.store.searches().iloc[0]
    names = ("value", "params", "macs", "layers", "evaluations", "proposals", "duplicates")
    shown = {name: None if row[name] != row[name] else row[name] for name in names}
    print(json.dumps({"winner": row.winner or None, **shown, "rejected": json.loads(row.rejected)}, default=_number))
    if row.reason:
        say(f"search ended early: {row.reason}")
    say(f"{row.seconds:.1f} s of scoring and searching")
    if not row.winner:
        say(f"no candidate had a score: {row.statuses}")
        raise typer.Exit(1)


def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A study's folder.")],
    format: Annotated[str, typer.Option("--format", help="md, csv, tex, html or json.")] = "md",
) -> None:
    """Redraw tables, plots and page from stored rows, and print the table (html: the page's path)."""
    if format not in ("html", *TABLES):
        raise UsageError(f"--format {format}: choose md, csv, tex, html or json")
    with Store(existing_study(folder), read_only=True) as store:
        page = reports.write_report(store, folder / "report")
        print(
            page if format == "html" else TABLES[format](results.comparison(store)),
            end="\n" if format == "html" else "",
        )


def existing_study(folder: Path) -> Path:
    """The database of a study's folder; UsageError if there is none."""
    path = folder / "results.sqlite"
    if not path.is_file():
        raise UsageError(f"{folder}: no study here (results.sqlite is missing)")
    return path


def study_of(folder: Path) -> StudyConfig:
    """The resolved configuration that a study's folder holds."""
    path = folder / "study.toml"
    existing_study(folder)
    try:
        return config.validate(toml.loads(path.read_text()), str(path))
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror or error}") from None
    except toml.TOMLDecodeError as error:
        raise UsageError(f"{path}: no valid TOML: {error}") from None


def _number(value: object) -> object:
    """A numpy number as Python's."""
    return value.item() if hasattr(value, "item") else str(value)

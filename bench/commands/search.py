"""`search`: one search, and its winner as one JSON line."""

import json
from typing import Annotated, Any

import pandas as pd
import typer

from ...names import unknown_name
from ...search import STRATEGIES
from ..errors import UsageError
from ..messages import say
from ..ranges import MAX_SEED
from ..study import config
from ..study.folder import open_folder
from . import options, places


@options.with_score_options
def search(
    space: options.SpaceName,
    proxy: Annotated[str, typer.Option("--proxy", help="Proxy that drives the search; see `zsbench list proxies`.")],
    evaluations: Annotated[int, typer.Option("--evaluations", min=1, help="Number of candidates to score.")],
    out: options.Out,
    how: options.ScoreOptions,
    params: Annotated[int | None, typer.Option("--params", min=1, help="Largest number of parameters.")] = None,
    macs: Annotated[int | None, typer.Option("--macs", min=1, help="Largest number of multiply-adds.")] = None,
    latency_ms: Annotated[
        float | None,
        typer.Option("--latency-ms", help="Largest latency: milliseconds per image on the device, in batches of 64."),
    ] = None,
    layers: Annotated[int | None, typer.Option("--layers", min=1, help="Largest number of layers.")] = None,
    effectiveness: Annotated[
        float | None, typer.Option("--effectiveness", help="Largest effectiveness: depth divided by width (DeepMAD).")
    ] = None,
    initial: Annotated[
        str | None, typer.Option("--initial", help="Architecture to start from; default: that of the space.")
    ] = None,
    strategy: Annotated[
        str, typer.Option("--strategy", metavar=options.choices(STRATEGIES), help="How candidates are chosen.")
    ] = "evolution",
    population: Annotated[int, typer.Option("--population", min=1, help="Number of candidates that are kept.")] = 256,
    lag: Annotated[
        int,
        typer.Option("--lag", min=1, help="Candidates in flight: asked for, not yet scored. It changes the result."),
    ] = 8,
    score_seed: Annotated[
        int,
        typer.Option(
            "--score-seed",
            min=0,
            max=MAX_SEED,
            help="Seed of the scores. Searches with the same one share their scores.",
        ),
    ] = 0,
    imports: options.Imports = None,
    workers: options.Workers = None,
    executor: places.ExecutorName = "local",
    ray_address: places.RayAddress = None,
    slurm: places.Slurm = None,
) -> None:
    """Run one search and print its winner as one JSON line. Run again, it continues where it stopped."""
    place = places.Place(executor, ray_address, slurm)
    sources = options.load_imports(imports)
    within = options.space_named(space)
    if strategy not in STRATEGIES:
        raise UsageError(f"--strategy: {unknown_name('strategy', strategy, STRATEGIES)}")
    name = options.one_proxy(proxy, "--proxy: a search is driven by one proxy; to compare several, use `zsbench run`")
    limits = {"params": params, "macs": macs, "layers": layers, "effectiveness": effectiveness}
    limits["latency_ms"] = latency_ms
    classes = how.classes(within)
    pixels = how.resolution or within.resolution
    raw = {
        "name": "search",
        "proxies": [name],
        "seeds": [how.seed],
        "sources": sources,
        "space": {"name": space, "initial": str(options.architecture(initial)) if initial else None},
        "budget": {**limits, "resolution": within.resolution, "num_classes": classes},
        "latency": {"networks": 0},  # only `zsbench run` measures the error of the predictor
        "search": {"strategies": [strategy], "evaluations": evaluations, "population": population, "lag": lag},
        "score": {
            "protocol": how.protocol,
            "seed": score_seed,
            "resolution": pixels,
            "batch_size": how.batch_size,
            "data": how.data,
            "limit": how.limit,
        },
        "train": {"data_root": how.data_root},
    }
    study = config.validate(raw, "search")
    resolved = place.device(how.device)
    with open_folder(out, study) as folder:
        with place.open(workers, study.threads, resolved, imports, study.combinations, folder.path) as pool:
            place.study(study, folder, pool, resolved).search_only()
        row, statuses = folder.store.searches().iloc[0], folder.store.score_statuses()
    _tell(row, statuses, study)


def _tell(row: pd.Series, statuses: pd.DataFrame, study: config.StudyConfig) -> None:
    """Print the winner on stdout, times and problems on stderr. Exit with 1 if there is no winner."""
    names = ("winner", "value", "params", "macs", "layers", "evaluations", "proposals", "duplicates")
    shown: dict[str, Any] = {name: None if pd.isna(row[name]) else row[name] for name in names}
    shown["rejected"] = json.loads(row.rejected)
    # JSON does not know NumPy's numbers.
    print(json.dumps(shown, default=lambda number: number.item()))
    say(f"scoring and searching took {row.seconds:.1f} s")
    for status in statuses[statuses.status != "ok"].itertuples():
        say(f"{status.count} scores failed with status {status.status}, for example: {status.reason}")
    if row.reason:
        say(f"the search ended early: {row.reason}")
    if shown["winner"] is not None:
        return
    if row.evaluations:
        say("no winner: the scores of all candidates failed")
    else:
        start = study.search_space().initial()
        size = study.limits().cost(start)
        say(
            f"no winner: the search starts from {size.params:,} parameters, {size.macs:,} multiply-adds and "
            f"{start.layers} layers: choose a larger budget or a smaller --initial, and another --out"
        )
    raise typer.Exit(1)

"""`run` and `report`: run a whole study; draw its report again."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Literal

import typer

from ... import results
from .. import toml
from ..errors import UsageError
from ..study import config
from ..study.config import StudyConfig
from ..study.folder import open_folder
from . import options, places


def run(
    preset_or_toml: Annotated[
        str | None,
        typer.Argument(
            metavar="PRESET|FILE.toml", help=f"A preset ({', '.join(config.presets())}) or a file of settings."
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for the results; default: runs/NAME.")] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="key=value that replaces a setting, e.g. seeds=[0,1,2]. Repeatable."),
    ] = None,
    data_root: options.DataRoot = None,
    imports: options.Imports = None,
    workers: options.Workers = None,
    executor: places.ExecutorName = "local",
    ray_address: places.RayAddress = None,
    slurm: places.Slurm = None,
    device: options.Device = "auto",
) -> None:
    """Run a whole study: search, train, correlate, report. Run again, it continues where it stopped.

    With further proxies or seeds it grows: only what is new is measured.
    """
    if preset_or_toml is None:
        print("\n".join(f"{name:16}  {text}" for name, text in config.presets().items()))
        raise UsageError("run: name one of these presets, or a .toml file")
    place = places.Place(executor, ray_address, slurm)
    study = config.load(preset_or_toml, settings or [], options.load_imports(imports), data_root)
    resolved = place.device(device)
    with (
        open_folder(out or Path("runs") / study.name, study, grow=True) as folder,
        place.open(workers, study.threads, resolved, imports, folder.config.combinations, folder.path) as pool,
    ):
        page = place.study(folder.config, folder, pool, resolved).run()
    print(page.with_name("table.md").read_text("utf-8"))
    print(f"report: {page}")


def report(
    folders: Annotated[list[Path], typer.Argument(metavar="DIR...", help="A study's folder, or several.")],
    format: Annotated[
        Literal["md", "csv", "tex", "html", "json"],
        typer.Option(
            "--format",
            metavar="[md|csv|tex|html|json]",
            help="Format of the printed table; html: the path of the page.",
        ),
    ] = "md",
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="Of several studies: the page that shows them side by side.")
    ] = Path("studies.html"),
) -> None:
    """Redraw the tables, figures and page of a study, and print the table.

    The rows are those of the study's database or, where it has none, of the CSV files in DIR/report/rows or DIR/rows.
    Of several studies, one page is written that shows them side by side, and its path is printed.
    """
    from ... import reports  # at first use: half a second's import that a search does without

    if len(folders) > 1:
        _side_by_side(folders, out)
        return
    folder = folders[0]
    with results.open_study(folder) as store:
        if store.searches().empty and store.samples().empty:
            raise UsageError(f"{folder}: there is nothing to report yet: no search has ended, and no sample is drawn")
        rows = None if (folder / results.DATABASE).is_file() else results.rows_folder(folder)
        # Rows that are all there is of a study stay as they are: a later version may have written them.
        drawn = folder / "report"
        page = reports.write_report(store, drawn) if rows is None else reports.draw_report(rows, drawn)
    if format == "json":
        with results.open_rows(rows or drawn / "rows") as store:
            print(reports.wide(results.comparison(store)).to_json(orient="records", lines=True), end="")
    elif format == "html":
        print(page)
    else:
        print(page.with_name(f"table.{format}").read_text("utf-8"), end="")


def _side_by_side(folders: list[Path], out: Path) -> None:
    """Write the page of several studies, named by their folders, and print its path."""
    from ... import reports

    short = [folder.resolve().name for folder in folders]
    names = short if len(set(short)) == len(short) else [str(folder) for folder in folders]
    if len(set(names)) < len(names):
        raise UsageError("a study is named twice")
    with ExitStack() as opened:
        opens = [opened.enter_context(results.open_study(folder)) for folder in folders]
        text = reports.studies_page(dict(zip(names, opens, strict=True)))
    out.write_text(text, encoding="utf-8")
    print(out)


def study_of(folder: Path) -> StudyConfig:
    """The resolved configuration that a study's folder holds."""
    if not (folder / results.DATABASE).is_file() and results.rows_folder(folder) is None:
        raise UsageError(f"{folder}: no study here (neither {results.DATABASE} nor report/rows nor rows)")
    return config.validate(toml.read(folder / "study.toml"), str(folder / "study.toml"))

"""`merge`: bring the rows of several machines together in one study."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import chain, count
from pathlib import Path
from typing import Annotated, Any

import typer

from ...results import DATABASE, Store, facts, merge_rows, open_study, study_lock
from .. import toml
from ..errors import UsageError
from ..files import write_whole
from ..study.folder import (
    LATENCY_COPY,
    find_differences,
    import_rows,
    read_settings,
    refuse_rows_alone,
    remove_database,
)

SETTINGS = "study.toml"
ENVIRONMENTS = "environment*.json"
UNITED = ("proxies", "seeds")  # lists that may differ: together they say what the machines measured
BY_NAME = ("sources.", "combinations.")  # facts about proxies, which a machine without these proxies lacks


def merge(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to fill; an existing study grows.")],
    others: Annotated[list[Path], typer.Argument(metavar="OTHER...", help="Study folders, with database or rows.")],
) -> None:
    """Bring the rows of several machines' studies together, and write the report.

    The studies must have the same settings. Only their proxies and seeds may differ: DIR gets those of all. Where two
    machines measured the same, the first row is kept; if the rows differ in more than their times, the merge is
    refused.
    """
    here = folder.resolve()
    for other in others:
        if other.resolve() == here:
            raise UsageError(f"{other}: this is DIR itself; name only other folders after it")
    sources = others if not (folder / SETTINGS).exists() else [folder, *others]
    settings = unite_settings(sources)
    with ExitStack() as stack:
        stores = [stack.enter_context(open_study(other)) for other in others]
        stack.enter_context(_destination(folder, toml.dumps(settings)))
        store = stack.enter_context(Store(folder / DATABASE))
        with store.filling() as add:
            for other, opened in zip(others, stores, strict=True):
                merge_rows(store, add, opened, str(other))
        facts.write(store, _facts(store, stores, settings["seeds"]))
        _keep_files(folder, others)
        from ... import reports  # at first use: half a second's import

        page = reports.write_report(store, folder / "report")
    print(page.with_name("table.md").read_text("utf-8"))
    print(f"report: {page}")


def unite_settings(folders: Sequence[Path]) -> dict[str, Any]:
    """Unite the settings of several studies. Raises UsageError with the setting that differs."""
    first, *rest = (read_settings(folder / SETTINGS) for folder in folders)
    for folder, other in zip(folders[1:], rest, strict=True):
        for key, was, wanted in find_differences(first, other):
            if key in UNITED or (key.startswith(BY_NAME) and None in (was, wanted)):
                continue
            raise UsageError(
                f"{folder}: measured under other settings ({key} is {wanted!r}, {folders[0]} has {was!r}); "
                "only proxies and seeds may differ"
            )
        for key in UNITED:
            first[key] = list(dict.fromkeys([*first.get(key, []), *other.get(key, [])]))
        for key in BY_NAME:
            name = key.rstrip(".")
            first[name] = other.get(name, {}) | first.get(name, {})
    return first


@contextmanager
def _destination(folder: Path, settings: str) -> Iterator[None]:
    """Lock the folder and write its new settings; after a failure it is as before."""
    created = not folder.exists()
    path = folder / SETTINGS
    with study_lock(folder):
        refuse_rows_alone(folder)
        before = path.read_text("utf-8") if path.exists() else None
        if before is None and (folder / DATABASE).exists():
            raise UsageError(
                f"{folder} has a {DATABASE} but no {SETTINGS}, so rows cannot be added; choose another DIR"
            )
        try:
            write_whole(path, settings)  # first, so that a merge that is killed can be run again
            import_rows(folder)
            yield
        except BaseException:
            if before is not None:
                write_whole(path, before)
            elif created:
                shutil.rmtree(folder)
            else:
                path.unlink(missing_ok=True)
                remove_database(folder / DATABASE)
            raise


def _facts(store: Store, others: Sequence[Store], seeds: Sequence[int]) -> dict[str, Any]:
    """The facts of the united study, in their order: all seeds, and the longest wall time of a machine."""
    known = facts.read(store)
    walls = [float(one[facts.WALL_SECONDS]) for one in map(facts.read, [store, *others]) if facts.WALL_SECONDS in one]
    if walls:
        known[facts.WALL_SECONDS] = max(walls)
    if isinstance(known.get(facts.SEARCH), dict):
        known[facts.SEARCH] = {**known[facts.SEARCH], "seeds": list(seeds)}
    return known


def _keep_files(folder: Path, others: Sequence[Path]) -> None:
    """Keep each machine's environment, as `environment.json`, `environment.2.json`, …, and the latency table."""
    names = chain(["environment.json"], (f"environment.{number}.json" for number in count(2)))
    kept = {path.read_bytes() for path in folder.glob(ENVIRONMENTS)}
    for other in others:
        for path in sorted(other.glob(ENVIRONMENTS), key=lambda path: (len(path.name), path.name)):
            content = path.read_bytes()
            if content not in kept:
                kept.add(content)
                next(place for name in names if not (place := folder / name).exists()).write_bytes(content)
        if (other / LATENCY_COPY).exists() and not (folder / LATENCY_COPY).exists():
            shutil.copyfile(other / LATENCY_COPY, folder / LATENCY_COPY)

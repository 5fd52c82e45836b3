"""The folder of a study: create it, or open it again."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...results import DATABASE, Store, StoreError, read_rows, rows_folder, study_lock
from .. import toml
from ..errors import UsageError, input_errors
from ..files import write_whole
from ..messages import say
from .config import StudyConfig, validate
from .growth import at_work, check_growth, united

LATENCY_COPY = "latency.json"  # a study's own copy of the table from which it predicts latency


@dataclass(frozen=True)
class StudyFolder:
    """An open study folder, whose lock this process holds."""

    path: Path
    store: Store
    config: StudyConfig  # what is to be measured: the settings that were given, and those of a study that has grown

    @property
    def report(self) -> Path:
        """Where tables and plots go."""
        return self.path / "report"

    def pin(self, key: str, digest: str, what: str) -> None:
        """Store the digest of a file. Raises UsageError if the study began with another: its rows would mix both."""
        kept = self.store.settings(key=key)
        if len(kept) and kept.value.iloc[0] != digest:
            raise UsageError(f"{what}: the file has changed since this study started; restore it, or use another --out")
        self.store.set_setting(key, digest)

    def checkpoint(self, digest: str) -> Path:
        """The file of the checkpoint of the training with this digest."""
        return self.path / "checkpoints" / f"{digest}.pt"


@contextmanager
def open_folder(path: Path, config: StudyConfig, grow: bool = False) -> Iterator[StudyFolder]:
    """Create the folder of a study, or open it again.

    Raises UsageError if it holds a study with other settings, StoreError if another process works in it. The places of
    the images and of the table may differ: a study can continue if its data was moved. With `grow`, further proxies and
    seeds join those of the folder (see `bench.study.growth`). A study that was kept without its database continues from
    its rows.
    """
    try:
        (path / "checkpoints").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"--out {path}: {error.strerror or error}") from None
    with study_lock(path):
        refuse_rows_alone(path)
        settings = path / "study.toml"
        before = settings.read_text("utf-8") if settings.exists() else None
        if before is None:
            write_whole(settings, config.to_toml())  # a study that is killed here starts again
        else:
            config = _reopened(settings, config, grow)
            import_rows(path)
        try:
            with Store(path / DATABASE) as store:
                yield StudyFolder(path, store, config)
        except input_errors():
            if before is None:
                _forget_unless_measured(path)
            elif settings.read_text("utf-8") != before:
                write_whole(settings, before)
            raise


def import_rows(path: Path) -> None:
    """Make the database of a study from its rows if it has only these; the caller holds the lock of the folder."""
    database, rows = path / DATABASE, rows_folder(path)
    if database.exists() or rows is None:
        return
    partial = path / f"{DATABASE}.partial"  # a study must never use a half-made database
    try:
        remove_database(partial)
        with Store(partial) as store:
            read_rows(rows, store)
        remove_database(database)  # SQLite would apply the log of a deleted database to this one
        partial.replace(database)
        say(f"{path} has no {DATABASE}; continuing from the rows in {rows}")
    finally:
        remove_database(partial)


def refuse_rows_alone(path: Path) -> None:
    """Raise StoreError if a folder has rows but no settings: the next report would overwrite the rows."""
    rows = rows_folder(path)
    if rows is not None and not (path / "study.toml").exists():
        raise StoreError(
            f"{rows} holds the rows of a study, but its study.toml is missing: choose another --out, or remove them"
        )


def remove_database(path: Path) -> None:
    """Remove the file of a store, if it exists, and the files that SQLite keeps beside it."""
    for name in (path.name, f"{path.name}-wal", f"{path.name}-shm"):
        path.with_name(name).unlink(missing_ok=True)


def _forget_unless_measured(path: Path) -> None:
    """If nothing was measured before the settings were refused, remove them, so that others can be tried."""
    with Store(path / DATABASE, read_only=True) as store:
        if store.measured:
            return
    # And the copy of the latency table, which belongs to the refused settings; the table itself stays in the cache.
    for name in ("study.toml", LATENCY_COPY):
        (path / name).unlink(missing_ok=True)
    remove_database(path / DATABASE)


def _reopened(path: Path, config: StudyConfig, grow: bool) -> StudyConfig:
    """The settings to go on with; the file grows by what they add."""
    before, wanted = read_settings(path), toml.loads(config.to_toml())
    differing = list(find_differences(before, wanted))
    for key, was, other in differing:
        if not grow:
            raise UsageError(
                f"{path.parent} holds a study with other settings ({key} is {was!r}, not {other!r}): "
                "choose another --out, or remove it"
            )
        check_growth(path, key, was, other)
    if not differing:
        return config
    grown = united(before, wanted)
    if grown != before:
        write_whole(path, toml.dumps(grown))
    return at_work(grown, config)


def find_differences(before: dict[str, Any], now: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """The settings in which two studies differ: key and both values, None for a value that is not set.

    The places of the images and of the table are not compared: these may have moved, and `Study` compares the content
    of the table.
    """
    was, wanted = _flatten(before), _flatten(now)
    for key in sorted((was.keys() | wanted.keys()) - {"train.data_root"}):
        moved = key == "table" and key in was and key in wanted
        if not moved and was.get(key) != wanted.get(key):
            yield key, was.get(key), wanted.get(key)


def read_settings(path: Path) -> dict[str, Any]:
    """Read the settings of a study's file, with defaults for settings that its version did not have."""
    raw = toml.read(path)
    try:
        return toml.loads(validate(raw, str(path)).to_toml())
    except UsageError:  # for example with unknown proxies; the differences then show what is wrong
        return raw


def _flatten(tree: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in tree.items():
        flat.update(_flatten(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value})
    return flat

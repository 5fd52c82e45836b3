"""Run a Python file of a user's. It finds the modules beside it, as a script does."""

import contextlib
import hashlib
import importlib
import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

# Top-level modules of earlier versions that users' files may import, and the name to import from zsbench instead.
FORMER = {"proxies": "proxy", "space": "space", "train": "train", "results": "results", "search": "search"}

_folders: set[Path] = set()  # of the files that were run


def run_file(path: str | Path) -> ModuleType:
    """Run a file and return its module; ValueError, in one line, if it is missing or fails to run.

    The module is in `sys.modules`, so that its functions can be pickled. A module beside the file is imported by its
    name. Two files in two folders may each have a `helper.py` of their own.
    """
    path = Path(path).resolve()
    if not path.is_file():
        raise ValueError(f"{path}: {'a folder, not a file' if path.is_dir() else 'no such file'}")
    name = module_name(path)
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path}: not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        # Stdout is for results; what a user's file prints goes to stderr.
        with contextlib.redirect_stdout(sys.stderr), _modules_beside(path.parent):
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        first_line = str(error).split("\n")[0]
        former = re.search(rf"^\s*(?:from|import) ({'|'.join(FORMER)})\b", path.read_text("utf-8"), re.MULTILINE)
        if isinstance(error, ImportError) and former:
            first_line += f"; zsbench has it as `from zsbench import {FORMER[former[1]]}`"
        raise ValueError(f"{path}: {type(error).__name__}: {first_line}") from error
    return module


def module_name(path: str | Path) -> str:
    """The name in `sys.modules` of a file that was run. The digest distinguishes two files of one name."""
    path = Path(path).resolve()
    return f"zsbench_user_{path.stem}_{hashlib.sha256(str(path).encode()).hexdigest()[:8]}"


def module_of(path: str | Path) -> ModuleType:
    """The module of a file that was run."""
    return sys.modules[module_name(path)]


@contextlib.contextmanager
def _modules_beside(folder: Path) -> Iterator[None]:
    """Within the block, modules in the folder are found first.

    Afterwards they are found last: functions may import them when they are called, but they must not hide an installed
    module from anybody else.
    """
    _folders.add(folder)
    hidden = {name: sys.modules.pop(name) for name in _hiding(folder)}
    place = str(folder)
    sys.path.insert(0, place)
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(place)
        if place not in sys.path:
            sys.path.append(place)
        sys.modules.update(hidden)


def _hiding(folder: Path) -> list[str]:
    """Names of modules in the folder that a module beside another user's file holds now."""
    beside = {entry.stem for entry in folder.iterdir() if entry.suffix == ".py" or entry.is_dir()}
    return [name for name in beside & sys.modules.keys() if _place(name) in _folders - {folder}]


def _place(name: str) -> Path | None:
    """The folder that a loaded module, or a package of this name, lies in."""
    module = sys.modules[name]
    file = getattr(module, "__file__", None)
    if file is None:
        return None
    return Path(file).resolve().parents[1 if hasattr(module, "__path__") else 0]

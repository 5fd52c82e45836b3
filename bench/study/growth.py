"""A study grows: further proxies and seeds join its settings, and only what is new is measured.

What changes a value that is measured already (the budget, the recipe, the score's batch) stays refused.
"""

from copy import deepcopy
from pathlib import Path
from typing import Any

from ... import proxies
from ..errors import UsageError
from ..messages import say
from ..plugins import CombinationConfig, register
from .config import StudyConfig, validate

UNITED = ("proxies", "seeds", "train.seeds")  # lists that may become longer; what is there stays
RAISED = "correlation.repeats"  # a number that may become larger
BY_NAME = ("sources.", "combinations.")  # facts about proxies: those of a new proxy may join


def check_growth(path: Path, key: str, was: Any, wanted: Any) -> None:
    """Raise UsageError if a changed setting would change what has been measured."""
    if key in UNITED or key == RAISED or (key.startswith(BY_NAME) and None in (was, wanted)):
        return
    if key.startswith("sources."):
        name = key.removeprefix("sources.")
        raise UsageError(f"{path.parent}: proxy {name!r} has changed since this study scored it; choose another name")
    raise UsageError(
        f"{path.parent} holds a study with other settings ({key} is {was!r}, not {wanted!r}): "
        "choose another --out, or remove it"
    )


def united(before: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a folder as a tree, extended by the proxies and seeds that `now` adds."""
    grown = deepcopy(before)
    for key in UNITED:
        *tables, last = key.split(".")
        ours, theirs = grown, now
        for table in tables:
            ours, theirs = ours[table], theirs[table]
        ours[last] = list(dict.fromkeys([*ours[last], *theirs[last]]))
    for key in BY_NAME:
        name = key.rstrip(".")
        grown[name] = now.get(name, {}) | grown.get(name, {})
    grown["correlation"]["repeats"] = max(grown["correlation"]["repeats"], now["correlation"]["repeats"])
    return grown


def at_work(grown: dict[str, Any], config: StudyConfig) -> StudyConfig:
    """Return the settings of a run of the grown study, with only the proxies that this process knows.

    The scores of a user's proxy whose file was not given this time stay as they are.
    """
    combinations = {name: entry for name, entry in grown["combinations"].items() if _registered(name, entry)}
    known = {*proxies.names(), *combinations}
    kept = [name for name in grown["proxies"] if name in known]
    for name in grown["proxies"]:
        if name not in known:
            say(f"{name}: not known here, so its rows stay as they are; --import FILE measures more of it")
    raw = {
        **config.model_dump(exclude_none=True),
        "proxies": kept,
        "seeds": grown["seeds"],
        "combinations": combinations,
        "train": {**config.train.model_dump(exclude_none=True), "seeds": grown["train"]["seeds"]},
        "correlation": {**config.correlation.model_dump(exclude_none=True), "repeats": grown["correlation"]["repeats"]},
    }
    return validate(raw, config.name)


def _registered(name: str, entry: dict[str, Any]) -> bool:
    """Register a combination; return whether all of its parts are known."""
    try:
        register({name: CombinationConfig(**entry)})
    except ValueError:
        return False
    return True

"""Where a study ran: versions, hardware, revision, command line."""

import json
import os
import platform
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from ..devices import device_name
from ..files import write_whole

PACKAGES = ("torch", "torchvision", "numpy", "scipy", "pandas", "scikit-learn")


def describe(device: str) -> dict[str, Any]:
    """The facts of this run, as `environment.json` has them."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "device": device_name(device),
        "cores": os.cpu_count(),
        "revision": _revision(),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def keep_environment(path: Path, facts: dict[str, Any]) -> None:
    """Append the facts of a run to the list in a study's `environment.json`, unless the last run has the same facts.

    So the revision and the machine of the first run are kept. Earlier versions wrote the facts of one run, not a list.
    """
    runs = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    runs = [runs] if isinstance(runs, dict) else runs
    if facts not in runs[-1:]:
        write_whole(path, json.dumps([*runs, facts], indent=2) + "\n")


def _revision() -> str:
    """The git revision of the running code, with "-dirty" if it was changed; "unknown" outside a checkout."""
    try:
        done = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return done.stdout.strip()

"""On what a study was run: versions, hardware, revision, command line."""

import os
import platform
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

from ..devices import device_name

PACKAGES = ("torch", "torchvision", "numpy", "scipy", "pandas", "scikit-learn")


def describe(device: str) -> dict[str, Any]:
    """The facts as they are kept in `environment.json`."""
    return {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "packages": {name: metadata.version(name) for name in PACKAGES},
        "device": device_name(device),
        "cores": os.cpu_count(),
        "revision": _revision(),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
    }


def _revision() -> str:
    """The git revision of the code that runs, with "-dirty" where it was changed; "unknown" outside a checkout."""
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

"""On what a study was run: versions, hardware, revision, command line."""

import os
import platform
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import torch

PACKAGES = ("torch", "torchvision", "numpy", "scipy", "pandas", "scikit-learn")


def resolve_device(name: str) -> str:
    """`cpu` or `cuda` for `auto`, `cpu` or `cuda`; ValueError where there is none such."""
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"--device {name}: choose auto, cpu or cuda")
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise ValueError("--device cuda: PyTorch finds no CUDA device here; use --device cpu")
    return "cuda" if available and name != "cpu" else "cpu"


def device_name(device: str) -> str:
    """The name of the processor or card."""
    if device == "cuda":
        return torch.cuda.get_device_name() if torch.cuda.is_available() else "GPUs of other machines"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


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

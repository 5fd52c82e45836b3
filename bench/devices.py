"""The devices that jobs run on."""

import os
import platform
from pathlib import Path

import torch

DEVICES = ("auto", "cpu", "cuda", "cuda:N", "mps")  # cuda:N is the GPU of number N
VISIBLE = "CUDA_VISIBLE_DEVICES"


def resolve_device(name: str) -> str:
    """The device, `cpu`, `cuda` or `mps`, for one of `DEVICES`; `auto` is a CUDA device if there is one, else the CPU.

    For `cuda:1`, this process and its workers see that GPU alone from now on, as `cuda`; so PyTorch must not have used
    CUDA before. Raises ValueError for another name, or if the device is not here.
    """
    kind, _, number = name.partition(":")
    if name not in DEVICES[:3] + DEVICES[4:] and not (kind == "cuda" and number.isascii() and number.isdecimal()):
        raise ValueError(f"{name[:40]}: choose auto, cpu, cuda, cuda:N (N is the number of a GPU) or mps")
    if name == "mps":
        if not torch.backends.mps.is_available():
            raise ValueError("mps: PyTorch finds no Metal device here; choose cpu")
        return "mps"
    if number:
        _see_only(number)
    available = name != "cpu" and torch.cuda.is_available()
    if kind == "cuda" and not available:
        raise ValueError(f"{name}: PyTorch finds no {'such ' * bool(number)}CUDA device here; choose cpu")
    return "cuda" if available else "cpu"


def _see_only(number: str) -> None:
    """Let this process and its children see one GPU: that of this number among those that they see now."""
    seen = [device.strip() for device in os.environ.get(VISIBLE, "").split(",") if device.strip()]
    if seen and int(number) >= len(seen):
        raise ValueError(f"cuda:{number}: {VISIBLE} leaves {len(seen)} GPUs, which are numbered from 0")
    os.environ[VISIBLE] = seen[int(number)] if seen else str(int(number))


def device_name(device: str) -> str:
    """The name of the processor or of the GPU."""
    if device == "cuda":
        return torch.cuda.get_device_name() if torch.cuda.is_available() else "GPUs of other machines"
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()

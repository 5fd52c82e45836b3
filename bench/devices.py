"""The devices that jobs run on."""

import platform
from pathlib import Path
from typing import Literal, get_args

import torch

DeviceName = Literal["auto", "cpu", "cuda"]


def resolve_device(name: str) -> str:
    """The device, `cpu` or `cuda`, for `auto`, `cpu` or `cuda`. Raises ValueError for another name, or without GPU."""
    if name not in get_args(DeviceName):
        raise ValueError(f"{name}: choose auto, cpu or cuda")
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise ValueError("cuda: PyTorch finds no CUDA device here; choose cpu")
    return "cuda" if available and name != "cpu" else "cpu"


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

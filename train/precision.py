"""The number format that convolutions are computed in."""

from typing import Literal, get_args

import torch

Precision = Literal["auto", "float32", "bfloat16"]
PRECISIONS: tuple[str, ...] = get_args(Precision)


def check_precision(precision: str) -> None:
    """Raise ValueError unless the name is one of `PRECISIONS`."""
    if precision not in PRECISIONS:
        raise ValueError(f"unknown precision {precision!r}; choose one of: {', '.join(PRECISIONS)}")


def resolve_precision(precision: str, device: torch.device) -> str:
    """Turn "auto" into bfloat16 if the device has hardware for it, otherwise into float32; keep the other names.

    Weights and their updates, statistics and losses are always float32. bfloat16 has the range of float32, so no loss
    needs scaling.
    """
    check_precision(precision)
    if precision != "auto":
        return precision
    return "bfloat16" if _has_bfloat16(device) else "float32"


def _has_bfloat16(device: torch.device) -> bool:
    # Other devices emulate bfloat16, which is slower than float32.
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device) >= (8, 0)
    capabilities: dict[str, bool] = getattr(torch.cpu, "get_capabilities", dict)()  # since PyTorch 2.10
    return device.type == "cpu" and any(capabilities.get(name) for name in ("amx_bf16", "avx512_bf16"))

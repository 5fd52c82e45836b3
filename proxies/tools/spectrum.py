"""Eigenvalues of kernels."""

import torch


def eigenvalues(kernel: torch.Tensor) -> torch.Tensor:
    """Eigenvalues (N,) of a symmetric kernel (N, N), ascending; NaN, all of them, where an entry is not finite."""
    # PyTorch would raise that it did not converge.
    return torch.linalg.eigvalsh(kernel) if kernel.isfinite().all() else torch.full_like(kernel[0], torch.nan)


def spectrum(kernel: torch.Tensor) -> torch.Tensor:
    """The same of a positive semidefinite kernel; what is zero but for rounding is 0."""
    values = eigenvalues(kernel)
    # Below this, an eigenvalue is zero whatever its sign.
    rounding = len(kernel) * torch.finfo(kernel.dtype).eps * values[-1]
    return torch.where(values <= rounding, 0, values)

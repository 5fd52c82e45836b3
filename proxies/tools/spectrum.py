"""Eigenvalues of kernels."""

import torch


def eigenvalues(kernel: torch.Tensor) -> torch.Tensor:
    """Eigenvalues (N,) of a symmetric kernel (N, N), ascending; all NaN if an entry is not finite."""
    # PyTorch would raise an error for such a kernel: no convergence.
    return torch.linalg.eigvalsh(kernel) if kernel.isfinite().all() else torch.full_like(kernel[0], torch.nan)


def spectrum(kernel: torch.Tensor) -> torch.Tensor:
    """Eigenvalues (N,) of a positive semidefinite kernel, ascending; those below the rounding error are set to 0."""
    values = eigenvalues(kernel)
    # An eigenvalue below this is a rounding error.
    rounding = len(kernel) * torch.finfo(kernel.dtype).eps * values[-1]
    return torch.where(values <= rounding, 0, values)

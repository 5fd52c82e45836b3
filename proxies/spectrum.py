"""Eigenvalues of kernels."""

import torch


def spectrum(kernel: torch.Tensor) -> torch.Tensor:
    """Eigenvalues (N,) of a positive semidefinite kernel (N, N), ascending; what is zero but for rounding is 0."""
    eigenvalues = torch.linalg.eigvalsh(kernel)
    # Below this, an eigenvalue is zero whatever its sign.
    rounding = len(kernel) * torch.finfo(kernel.dtype).eps * eigenvalues[-1]
    return torch.where(eigenvalues > rounding, eigenvalues, 0)

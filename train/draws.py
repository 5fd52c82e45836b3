"""Random numbers by place: each use has its own stream, which depends only on the seed, the purpose and the place.

So the draws of a step do not depend on what ran before it, in this process or in another. A training can be resumed at
any step, and shared among processes, without saving the state of a generator. `zsbench.proxies` derives its seeds in
another way, which cannot be merged with this one without changing every score.
"""

import hashlib

import numpy as np
import torch


def derive_seed(seed: int, purpose: str, *place: int) -> int:
    """A number from 0 to 2⁵⁶ − 1, a stable hash of the arguments."""
    digest = hashlib.sha256("/".join(map(str, (seed, purpose, *place))).encode()).digest()
    return int.from_bytes(digest[:7], "big")


def make_generator(seed: int, purpose: str, *place: int, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator whose stream depends on the arguments only."""
    return torch.Generator(device).manual_seed(derive_seed(seed, purpose, *place))


def draw_beta(alpha: float, seed: int, purpose: str, *place: int) -> float:
    """Draw from Beta(alpha, alpha) on the CPU, so that nothing waits for a device."""
    return float(np.random.default_rng(derive_seed(seed, purpose, *place)).beta(alpha, alpha))

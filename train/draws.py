"""Random numbers by place: each use draws from a stream of its own, which depends on where it is and on nothing else.

So what is drawn at a step does not depend on what ran before it, in this process or in another: a training can be
resumed anywhere, and shared among processes, without a generator's state being kept.
"""

import hashlib

import numpy as np
import torch


def seed_of(seed: int, purpose: str, *place: int) -> int:
    """A number from 0 to 2⁵⁶ that stands for its arguments (a stable hash)."""
    digest = hashlib.sha256("/".join(map(str, (seed, purpose, *place))).encode()).digest()
    return int.from_bytes(digest[:7], "big")


def generator(seed: int, purpose: str, *place: int, device: torch.device | str = "cpu") -> torch.Generator:
    """A generator whose stream depends on the arguments alone."""
    return torch.Generator(device).manual_seed(seed_of(seed, purpose, *place))


def beta(alpha: float, seed: int, purpose: str, *place: int) -> float:
    """A draw of Beta(alpha, alpha); on the host, so that no device is waited for."""
    return float(np.random.default_rng(seed_of(seed, purpose, *place)).beta(alpha, alpha))

"""A small table of trained networks that was never trained."""

import numpy as np
import pandas as pd
from zsbench.results import Trained


def trained(strengths: dict[str, float], n: int, seed: int) -> Trained:
    """A table of n networks, with scores that are the accuracy times a strength, plus noise."""
    rng = np.random.default_rng(seed)
    texts = [f"net{place:03}" for place in range(n)]
    accuracy = rng.uniform(50, 60, n)
    sizes = {
        "params": rng.integers(1000, 9000, n),
        "macs": rng.integers(1000, 9000, n),
        "layers": rng.integers(5, 18, n),
    }
    rows = [
        {"proxy": name, "seed": 0, "architecture": text, "value": strength * value + rng.standard_normal(),
         "components": None, "status": "ok", "reason": "", "seconds": 0.01}
        for name, strength in strengths.items()
        for text, value in zip(texts, accuracy, strict=True)
    ]  # fmt: skip
    about = [{"proxy": name, "higher_is_better": True, "deterministic": True, "relative": None} for name in strengths]
    return Trained(
        pd.DataFrame({"architecture": texts, **sizes}),
        pd.DataFrame({"architecture": texts, "dataset": "cifar10", "accuracy": accuracy}),
        pd.DataFrame(rows),
        pd.DataFrame(about),
    )

"""The random proxies against what the published code gave: minutes, so behind `make test-slow`."""

import math
import statistics

import pytest
import torch
from conftest import golden
from scipy.stats import spearmanr
from zsbench import proxies, space

DRAWS = 16
NAMES = {
    "zen": "zen",
    "naswot": "naswot_zen",
    "grad_norm": "grad_norm_zen",
    "synflow": "synflow_zen",
    "te_ntk": "te_nas_zen",
}
HEAVY_TAILED = ("grad_norm", "synflow", "te_ntk")  # compared by logarithms of absolute values


def standard_errors(ours: list[float], published: list[float]) -> float:
    """How far apart the means are, in standard errors of their difference.

    The spread is pooled: both are draws of one distribution if ours is right, and of 8 published draws alone it is
    hardly known.
    """
    groups = (ours, published)
    squares = sum(statistics.variance(values) * (len(values) - 1) for values in groups)
    pooled = squares / sum(len(values) - 1 for values in groups)
    error = math.sqrt(pooled * sum(1 / len(values) for values in groups))
    return (statistics.mean(ours) - statistics.mean(published)) / error


@pytest.mark.slow
@pytest.mark.parametrize("key", NAMES)
def test_draws_fall_inside_the_golden_distributions(key: str) -> None:
    torch.set_num_threads(1)
    means, theirs, distances = [], [], []
    for row in golden("resnet") + golden("mobilenet"):
        if key not in row["scores"]:
            continue
        expected = row["scores"][key]
        architecture = space.parse(row["architecture"])
        ours = [
            proxies.score(
                NAMES[key],
                architecture,
                seed=seed,
                resolution=expected.get("resolution", row["resolution"]),
                batch_size=expected["batch"],
                num_classes=row["num_classes"],
            ).value
            for seed in range(DRAWS)
        ]
        published = expected["values"]
        if key in HEAVY_TAILED:
            ours, published = ([math.log(abs(v)) for v in values] for values in (ours, published))
        distances.append(standard_errors(ours, published))
        assert abs(distances[-1]) <= 4, f"{architecture}: {distances[-1]:.2f} standard errors"
        means.append(statistics.mean(ours))
        theirs.append(statistics.mean(published))
    assert len(means) > 20
    rho = spearmanr(means, theirs).statistic
    largest, bias = max(map(abs, distances)), statistics.mean(distances)
    print(f"{key}: {len(means)} architectures, largest {largest:.2f}, mean {bias:+.2f} standard errors, rho {rho:.4f}")
    # Over all architectures the distances average out, unless ours is another quantity.
    assert abs(bias) * math.sqrt(len(distances)) <= 4
    if key not in HEAVY_TAILED:
        assert rho >= 0.99

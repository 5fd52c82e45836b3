"""The random proxies against what the published code gave: minutes, so behind `make test-slow`."""

import math
import statistics

import pytest
import torch
from conftest import golden
from scipy.stats import spearmanr

import proxies
import space

DRAWS = 16
NAMES = {
    "zen": "zen",
    "naswot": "naswot_zen",
    "grad_norm": "grad_norm_zen",
    "synflow": "synflow_zen",
    "te_ntk": "te_nas_zen",
}
HEAVY_TAILED = ("grad_norm", "synflow", "te_ntk")  # compared by logarithms of absolute values


def standard_error(values: list[float]) -> float:
    return statistics.stdev(values) / math.sqrt(len(values))


@pytest.mark.slow
@pytest.mark.parametrize("key", NAMES)
def test_draws_fall_inside_the_golden_distributions(key: str) -> None:
    torch.set_num_threads(1)
    means, theirs = [], []
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
        error = math.hypot(standard_error(ours), standard_error(published))
        distance = abs(statistics.mean(ours) - statistics.mean(published))
        assert distance <= 4 * error, f"{architecture}: {distance / error:.2f} standard errors"
        means.append(statistics.mean(ours))
        theirs.append(statistics.mean(published))
    assert len(means) > 20
    rho = spearmanr(means, theirs).statistic
    print(f"{key}: {len(means)} architectures, Spearman {rho:.4f}")
    if key not in HEAVY_TAILED:
        assert rho >= 0.99

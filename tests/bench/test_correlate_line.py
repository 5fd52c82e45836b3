import math

import numpy as np
from zsbench import results
from zsbench.bench.commands.correlations import line


def row(resamples: int) -> dict[str, object]:
    x = np.arange(20.0)
    found = results.correlate(x, x, resamples=resamples, only=("tau", "rho")).row()
    numbers = {key: None if math.isnan(value) else value for key, value in found.items()}
    return {"proxy": "zen", "dataset": "cifar10", **numbers, "failed": 0}


def test_a_line_has_intervals_where_the_sample_has_them() -> None:
    whole = "zen\tcifar10\tn 20\ttau +1.000\trho +1.000"
    assert line(row(0)) == whole, "of a whole space there is no sampling to be unsure about"
    assert line(row(50)) == whole.replace("+1.000", "+1.000 [+1.000, +1.000]")

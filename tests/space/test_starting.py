"""Where numba cannot start, scores are computed without it."""

import os
import subprocess
import sys

import pytest

pytest.importorskip("numba")

SCORE = """
from zsbench.proxies import score
from zsbench import space
cell = space.parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|")
for name in ("naswot", "zen"):
    print(repr(score(name, cell, seed=0, resolution=8, batch_size=4, num_classes=10).value))
"""


def scores(**environment: str) -> tuple[list[float], str]:
    done = subprocess.run(
        [sys.executable, "-c", SCORE], env={**os.environ, **environment}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return [float(line) for line in done.stdout.split()], done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [("NUMBA_THREADING_LAYER", "nonsense"), ("NUMBA_DISABLE_JIT", "1"), ("NUMBA_NUM_THREADS", "0")],
)
def test_scores_do_without_numba_and_one_line_says_so(name: str, value: str) -> None:
    usual, silent = scores()
    assert "numba" not in silent
    values, told = scores(**{name: value})
    assert values == pytest.approx(usual, rel=1e-5)
    assert told.count("numba does not start") == len(told.strip().splitlines()) == 1


FORKS = """
import multiprocessing, sys, torch
from zsbench.proxies import score
from zsbench import space
torch.set_num_threads(2)
cell = space.parse("|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|nor_conv_3x3~2|")
def value(name):
    return score(name, cell, seed=0, resolution=16, batch_size=16, num_classes=10).value
if __name__ == "__main__":
    names = ["synflow", "zen", "naswot"]
    before = [value(name) for name in names]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        after = pool.map(value, names)
    print(all(abs(one - other) <= 1e-5 * abs(one) for one, other in zip(before, after)))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes cannot be forked here")
def test_a_pool_forked_after_a_score_scores_too() -> None:
    done = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, timeout=120)
    assert (done.stdout.strip(), done.returncode) == ("True", 0), done.stderr

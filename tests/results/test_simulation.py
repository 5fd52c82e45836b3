"""Do intervals hold the truth, and corrections their promise? On data of which the truth is known."""

import math

import numpy as np
import pytest
from zsbench.results import bootstrap, kendall
from zsbench.results.better import Taus, compared


def copula(rng: np.random.Generator, n: int, tau: float) -> tuple[np.ndarray, np.ndarray]:
    """`n` pairs of a Gaussian copula with this tau; their margins do not matter to a rank."""
    r = math.sin(math.pi * tau / 2)
    x, noise = rng.normal(size=(2, n))
    return x, r * x + math.sqrt(1 - r**2) * noise


@pytest.mark.slow
@pytest.mark.parametrize("n", [30, 160])
@pytest.mark.parametrize("tau", [0.0, 0.4, 0.7])
def test_the_interval_of_tau_covers_the_truth(n: int, tau: float) -> None:
    rng, trials, covered = np.random.default_rng(int(1000 * tau) + n), 2000, 0
    for trial in range(trials):
        low, high = bootstrap(*copula(rng, n, tau), kendall, resamples=1000, seed=trial)
        covered += low <= tau <= high
    print(f"n {n}, tau {tau}: {covered / trials:.4f} of {trials} intervals hold it")
    assert 0.93 <= covered / trials <= 0.97


@pytest.mark.slow
@pytest.mark.parametrize("n", [60, 120])
@pytest.mark.parametrize("baselines", [("params",), ("params", "flops")])
def test_noise_is_rarely_better_than_size_after_the_correction(baselines: tuple[str, ...], n: int) -> None:
    # The hardest case: size says nothing either, so that nothing holds the noise back. Of two baselines of noise the
    # better one has a tau above 0, so that there the correction errs on the safe side.
    tables, told, uncorrected = 600, 0, 0
    for table in range(tables):
        rng = np.random.default_rng(table)
        y = np.sort(rng.normal(size=n))
        names = [*baselines, *(f"noise {number}" for number in range(12))]
        frame = compared(Taus({name: rng.normal(size=(n, 1)) for name in names}, y, 1000), baselines)
        told += (frame["p_adjusted"] <= 0.05).any()
        uncorrected += (frame["p"] <= 0.05).any()
    print(f"n {n}, better than {baselines}: {told} of {tables} tables, {uncorrected} without the correction")
    assert told / tables <= 0.07
    assert told < uncorrected

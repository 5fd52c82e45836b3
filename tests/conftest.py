"""What several test folders use."""

import json
import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

import space

# Values measured with the published code and data sets lie outside the repository; tests that use them skip without.
SHARED = Path(os.environ.get("ZSBENCH_SHARED", Path(__file__).parents[2] / "shared"))

PUBLISHED_1M = (
    "SuperConvK3BNRELU(3,88,1,1)SuperResK1K7K1(88,120,1,16,1)SuperResK1K7K1(120,192,2,16,3)"
    "SuperResK1K5K1(192,224,1,24,4)SuperResK1K5K1(224,96,2,24,2)SuperResK1K3K1(96,168,2,40,3)"
    "SuperResK1K3K1(168,112,1,48,3)SuperConvK1BNRELU(112,512,1,1)"
)


def golden(space_name: str) -> list[dict[str, Any]]:
    """The golden rows of a space; skips the test where there are none."""
    path = SHARED / "golden" / f"{space_name}.json"
    if not path.exists():
        pytest.skip("golden values are not here (set ZSBENCH_SHARED)")
    return json.loads(path.read_text())


def walk(space_name: str, count: int, seed: int = 0) -> list[space.Structure]:
    """Random architectures of a space, small enough to build."""
    within = space.get(space_name)
    if space_name == "mobilenet":  # its head of 2048 channels alone has more parameters than a test wants
        within = within.starting_from(within.start.replace("2048", "128"))
    rng = Random(seed)
    found: list[space.Structure] = []
    while len(found) < count:
        architecture = within.random(rng)
        cost = space.cost(architecture, within.resolution)
        if cost.params < 400_000 and cost.convolutions < 60:
            found.append(architecture)
    return found


@pytest.fixture
def tiny() -> space.Structure:
    """A network that takes a millisecond."""
    return space.parse(
        "SuperConvK3BNRELU(3,8,1,1)SuperResK1K3K1(8,16,2,8,1)SuperResK3K3(16,16,2,8,1)SuperConvK1BNRELU(16,24,1,1)"
    )

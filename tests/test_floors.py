from pathlib import Path

import pytest
from floors import violations


def test_imports_between_the_packages_point_downwards() -> None:
    assert list(violations(Path(__file__).parents[1])) == []


@pytest.mark.parametrize(
    ("file", "line", "said"),
    [
        ("space/cost.py", "from ..proxies import score", "space imports proxies, which is not below it"),
        ("space/cost.py", "from .. import proxies", "space imports proxies, which is not below it"),
        ("proxies/zoo/zen.py", "from ...search import Budget", "proxies imports search, which is not below it"),
        ("train/recipe.py", "    from ..search.budget import Budget", "train imports search, which is not below it"),
        ("results/store.py", "from ..space import Cost", "results imports space, which is not below it"),
        ("reports/page.py", "from ..bench.config import load", "reports imports bench, which is not below it"),
        ("search/sample.py", "from .. import score", "search imports score, which is not below it"),
        ("names.py", "from .space import SPACES", "names imports space, which is not below it"),
        ("bench/cli.py", "import zsbench.space", "bench imports space by its full name, not relatively"),
        ("bench/cli.py", "from zsbench import space", "bench imports space by its full name, not relatively"),
    ],
)
def test_an_import_that_points_upwards_is_found(tmp_path: Path, file: str, line: str, said: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"import math\nif math.pi:\n    {line.strip()}\n")
    assert list(violations(tmp_path)) == [f"{file}:3: {said}"]


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("bench/commands/run.py", "from ... import proxies, space"),
        ("bench/commands/run.py", "from ..study import Study"),
        ("proxies/zoo/zen.py", "from ..tools.hooks import hooked"),
        ("proxies/zoo/zen.py", "from ...space import Network"),
        ("reports/page.py", "from ..results import Store"),
        ("space/cost.py", "from . import base"),
        ("space/spaces.py", "from ..names import unknown_name"),
        ("train/data/cache.py", "from ...cache import cache_folder"),
        ("space/cost.py", "import numpy as np"),
        ("results/studies/mine/variants.py", "from zsbench.proxies import proxy"),
    ],
)
def test_others_are_not(tmp_path: Path, file: str, line: str) -> None:
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{line}\n")
    assert list(violations(tmp_path)) == []

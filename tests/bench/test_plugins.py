"""Files with a user's proxies, in the process that was given their names and in others."""

from pathlib import Path

import pytest
from zsbench import proxies
from zsbench.bench.plugins import ProxyFile
from zsbench.proxies import registry

MINE = """
from zsbench import proxy

@proxy("size_of_mine", needs="architecture", deterministic=True)
def size_of_mine(architecture, setting):
    return architecture.layers
"""


def version_of(path: Path) -> str:
    """Load the file as it was, in a process that knows none, and give the version of its proxy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))
        ProxyFile(str(path), MINE.encode()).load()
        return proxies.version("size_of_mine")


def test_a_file_is_loaded_as_it_was_though_it_is_missing_or_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    versions = [version_of(path)]
    for text in (MINE.replace("layers", "blocks"), MINE):
        path.write_text(text)
        versions.append(version_of(path))
    assert len(set(versions)) == 1

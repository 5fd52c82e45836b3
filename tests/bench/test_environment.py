"""`environment.json` keeps the facts of every run."""

import json
from pathlib import Path

from zsbench.bench.study.environment import describe, keep_environment


def test_the_first_run_stays_and_later_ones_are_appended(tmp_path: Path) -> None:
    path = tmp_path / "environment.json"
    for revision in ("a", "a", "b"):
        keep_environment(path, {"revision": revision})
    assert json.loads(path.read_text()) == [{"revision": "a"}, {"revision": "b"}]


def test_the_file_of_an_earlier_version_becomes_the_first_run(tmp_path: Path) -> None:
    path = tmp_path / "environment.json"
    path.write_text('{"revision": "old"}')
    keep_environment(path, {"revision": "new"})
    assert json.loads(path.read_text()) == [{"revision": "old"}, {"revision": "new"}]


def test_what_is_kept_of_a_run() -> None:
    assert {"python", "packages", "device", "cores", "revision", "command"} <= set(describe("cpu"))

"""`correlate --scores`, and `table_columns` of a study."""

import json
from pathlib import Path
from random import Random

import pytest
from zsbench import space
from zsbench.bench.errors import UsageError
from zsbench.bench.study import config

CELLS = space.get("nasbench201")
TEXTS = [str(cell) for cell in {CELLS.random(Random(seed)) for seed in range(12)}]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "t.csv"
    path.write_text("arch,cifar10\n" + "".join(f"{text},{10 + place}\n" for place, text in enumerate(sorted(TEXTS))))
    return path


def correlate(run, *arguments: str):
    return run("correlate", "--space", "nasbench201", *arguments, "--json", "--workers", "1")


def test_given_scores_stand_beside_ours_or_alone(run, table: Path, tmp_path: Path) -> None:
    scores = tmp_path / "mine.csv"
    lines = [f"{text},{place**3},{-place}\n" for place, text in enumerate(sorted(TEXTS)[1:])]
    scores.write_text("cell,up,down\n" + "".join(lines))
    code, out, err = correlate(run, "--table", str(table), "--scores", str(scores))
    rows = [json.loads(line) for line in out.splitlines()]
    assert (code, [row["proxy"] for row in rows]) == (0, ["up (mine.csv)", "down (mine.csv)"])
    assert [row["tau"] for row in rows] == pytest.approx([1, -1])
    assert {row["n"] for row in rows} == {len(TEXTS) - 1}
    assert f"1 of {len(TEXTS)} architectures have no score there" in err
    code, out, _ = correlate(run, "--proxy", "params", "--table", str(table), "--scores", str(scores))
    beside = [json.loads(line) for line in out.splitlines()]
    assert [row["proxy"] for row in beside] == ["params", "up (mine.csv)", "down (mine.csv)"]
    assert beside[1:] == rows


def test_scores_of_other_architectures_are_refused_before_any_is_computed(run, table: Path, tmp_path: Path) -> None:
    scores = tmp_path / "mine.csv"
    scores.write_text("architecture,up\n|none~0|+|none~0|none~1|+|none~0|none~1|none~2|,3\n")
    code, _, err = correlate(run, "--proxy", "params", "--table", str(table), "--scores", str(scores))
    assert (code, len(err.splitlines())) == (2, 1)
    assert "none of the" in err
    assert "--proxy, --scores, or both" in correlate(run, "--table", str(table))[2]


def test_columns_of_a_studys_table(table: Path) -> None:
    found = config.load("nasbench201", [f"table={table}", "table_columns=['cifar10']"])
    assert found.table_columns == ["cifar10"]
    with pytest.raises(UsageError, match="table_columns: cifar10 is given twice"):
        config.load("nasbench201", [f"table={table}", "table_columns=['cifar10', 'cifar10']"])

"""Architectures from files: `@FILE` as an argument, byte-order marks, comments, and the files of TinyNAS."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import SHARED

Run = Callable[..., tuple[int, str, str]]
CELLS = (
    "|skip_connect~0|+|nor_conv_1x1~0|nor_conv_3x3~1|+|avg_pool_3x3~0|skip_connect~1|nor_conv_1x1~2|",
    "|nor_conv_1x1~0|+|avg_pool_3x3~0|skip_connect~1|+|nor_conv_3x3~0|nor_conv_1x1~1|avg_pool_3x3~2|",
)
WINNER = "{'best_structures': [[{'class': 'ConvKXBNRELU', 'in': 3, 'k': 3, 'out': 16, 's': 2}]]}"
SCORE = ("score", "--space", "nasbench201", "--proxy", "params", "--json")


@pytest.mark.parametrize(
    "content",
    [
        "\n".join(CELLS),
        "\ufeff" + "\n".join(CELLS),
        "# two cells\n\n" + "\n# another\n".join(CELLS) + "\n",
        "\ufeff# two cells\r\n" + "\r\n".join(CELLS),
        "arch,accuracy\n" + "".join(f"{cell},90\n" for cell in CELLS),
    ],
    ids=["lines", "mark", "comments", "mark and comments", "csv"],
)
def test_a_file_is_an_argument(tmp_path: Path, run: Run, content: str) -> None:
    path = tmp_path / "cells.txt"
    path.write_text(content, encoding="utf-8", newline="")
    code, out, err = run(*SCORE, f"@{path}")
    assert code == 0, err
    assert [json.loads(line)["architecture"] for line in out.splitlines()] == list(CELLS)


def test_the_case_of_a_byte_order_mark(run: Run) -> None:
    case = SHARED / "cases" / "archs_bom.txt"
    if not case.exists():
        pytest.skip("cases are not here (set ZSBENCH_SHARED)")
    code, out, err = run(*SCORE, f"@{case}", CELLS[0])
    assert code == 0, err
    assert len(out.splitlines()) == 5


def test_winners_are_read_costed_and_scored(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "best_structure.txt"
    path.write_text("\ufeff" + WINNER.replace("[[", "[[\n  "), encoding="utf-8")
    code, out, err = run("inspect", f"@{path}", "--json")
    assert code == 0, err
    facts = json.loads(out)
    assert facts["resolution"] == 224
    assert facts["params"] == 3 * 9 * 16 + 2 * 16 + 17 * 1000
    assert facts["macs"] == 3 * 9 * 16 * 112**2 + 16 * 1000
    code, out, err = run("score", "--space", "tinynas", "--proxy", "params", "--json", f"@{path}")
    assert code == 0, err
    assert json.loads(out)["value"] == facts["params"]


def test_what_is_wrong_with_a_file_is_said(tmp_path: Path, run: Run) -> None:
    path = tmp_path / "cells.txt"
    assert "no such file" in run("inspect", f"@{path}")[2].lower()
    path.write_text("# nothing\n")
    assert "has no architectures" in run("inspect", f"@{path}")[2]
    path.write_text("\n".join(CELLS))
    assert "holds 2 architectures; this command takes one" in run("inspect", f"@{path}")[2]
    path.write_text(WINNER.replace("'k': 3", "'k': 0"))
    code, _, err = run("inspect", f"@{path}")
    assert code == 2
    assert "cells.txt: block 1: k must be a whole number" in err

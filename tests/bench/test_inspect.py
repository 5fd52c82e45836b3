import json
import sys
import xml.etree.ElementTree as ElementTree
from itertools import pairwise
from pathlib import Path

import pytest
from conftest import PUBLISHED_1M, drawn
from zsbench import space
from zsbench.bench import cli
from zsbench.bench.rows import block_rows
from zsbench.results import Store

CELL = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|"


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["zsbench", *arguments])
    with pytest.raises(SystemExit) as end:
        cli.main()
    return int(end.value.code or 0)


@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_rows_of_blocks_say_what_the_text_says(name):
    within = space.get(name)
    for architecture in drawn(name, 20):
        rows = block_rows(architecture, within.resolution)
        assert len(rows) == len(architecture.blocks)
        assert sum(row["layers"] for row in rows) == architecture.layers
        assert [(row["kind"], row["in_channels"], row["out_channels"]) for row in rows] == [
            block[:3] for block in architecture.blocks
        ]
        assert rows[-1]["side"] == space.cost(architecture, within.resolution, 10).side
        for before, row in pairwise(rows):
            assert row["side"] == -(-before["side"] // row["stride"])
        assert json.loads(json.dumps(rows)) == rows


def test_a_search_keeps_its_winners_blocks(tmp_path: Path, monkeypatch) -> None:
    for name, more in (("resnet", ["--params", "1000000"]), ("nasbench201", [])):
        search = ["search", "--space", name, "--proxy", "params", "--evaluations", "20", "--workers", "1", *more]
        assert run(monkeypatch, *search, "--out", str(tmp_path / name)) == 0
        with Store(tmp_path / name / "results.sqlite", read_only=True) as store:
            row = store.searches().iloc[0]
        if name == "resnet":
            assert json.loads(row.blocks) == block_rows(space.parse(row.winner), 32)
        else:
            assert row.blocks is None


def test_the_table_shows_widths_and_where_the_map_shrinks(monkeypatch, capsys) -> None:
    assert run(monkeypatch, "inspect", PUBLISHED_1M) == 0
    table = capsys.readouterr().out.split("\n\n")[1].splitlines()
    bars = {line.split()[1]: line.split()[-1] for line in table[1:] if not line.startswith("-")}
    assert bars["512×4×4"] == "█" * 7
    assert bars["88×32×32"] == "████▌"
    breaks = [place for place, line in enumerate(table) if line.startswith("-")]
    assert breaks == [3, 6, 8]  # before 16, 8 and 4 pixels
    assert max(map(len, table)) <= 80


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_draw_writes_the_diagram(monkeypatch, capsys, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"winner.{kind}"
    arguments = ("inspect", PUBLISHED_1M, "--num-classes", "10", "--json", "--draw", str(path))
    assert run(monkeypatch, *arguments) == 0
    assert json.loads(capsys.readouterr().out)["layers"] == 18
    content = path.read_bytes()
    if kind == "png":
        assert content.startswith(b"\x89PNG")
    else:
        words = {element.text for element in ElementTree.fromstring(content).iter("{http://www.w3.org/2000/svg}text")}
        assert {"32 px, 10 classes", "1·7·1", "16→192", "×4", "16 px"} <= words
    assert run(monkeypatch, *arguments) == 0
    assert path.read_bytes() == content
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("architecture", "file", "message"),
    [
        (PUBLISHED_1M, "winner.jpg", "name a .png or .svg file"),
        (PUBLISHED_1M, "absent/winner.svg", "no folder"),
        (CELL, "cell.svg", "only architectures of super-blocks can be drawn"),
    ],
)
def test_what_cannot_be_drawn_gets_one_line(monkeypatch, capsys, tmp_path: Path, architecture, file, message) -> None:
    assert run(monkeypatch, "inspect", architecture, "--draw", str(tmp_path / file)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert message in err
    assert not list(tmp_path.iterdir())

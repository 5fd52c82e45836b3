"""Networks that TinyNAS published: eighteen files, with the sizes that are published of them."""

import json
from typing import Any

import pytest
import torch
from conftest import GOLDEN, SHARED
from zsbench import proxies, space

ROWS: list[dict[str, Any]] = json.loads((GOLDEN / "tinynas.json").read_text())
FRAMES = {"E3D-S": 13}  # of which its cost is published


def text_of(row: dict[str, Any]) -> str:
    return repr({"best_structures": [row["blocks"]], "space_arch": "CnnNet"})


def test_there_are_eighteen() -> None:
    assert len({row["name"] for row in ROWS}) == 18


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["name"])
def test_sizes_are_those_published(row: dict[str, Any]) -> None:
    """Within 4 %: published numbers are rounded, and FLOPs counted in ways of their own."""
    architecture = space.parse(text_of(row))
    assert space.parse(str(architecture)) == architecture
    cost = space.cost(architecture, row["resolution"], 1000)
    backbone = cost.params - (architecture.blocks[-1].out_channels + 1) * 1000
    if row["params"]:
        params = backbone if row["name"].startswith("maedet") else cost.params  # of a detector's backbone
        assert params / 1e6 == pytest.approx(row["params"], rel=0.04)
    if row["macs"]:
        macs = cost.macs * FRAMES.get(row["name"], 16) / 16
        assert macs / 1e9 == pytest.approx(row["macs"], rel=0.04)
    network = space.build(architecture, 1000, device="meta") if row["name"] == "R18-like" else None
    assert network is None or sum(p.numel() for p in network.parameters()) == cost.params


SMALL = [
    {"class": "ConvKXBNRELU", "in": 3, "k": 3, "out": 8, "s": 2},
    {"L": 2, "btn": 8, "class": "SuperResK1KXK1", "in": 8, "k": 3, "out": 16, "s": 2},
    {"L": 1, "btn": 32, "class": "SuperResK1DWSEK1", "in": 16, "k": 5, "out": 16, "s": 1},
    {"L": 1, "btn": 32, "class": "SuperResKXKX", "in": 16, "k": 3, "out": 24, "s": 1},
]


def test_a_winner_is_built_and_scored() -> None:
    architecture = space.parse(repr(SMALL))
    assert architecture.layers == 5
    network = space.build(architecture, 10).eval()
    assert network.features(torch.zeros(2, 3, 32, 32)).shape == (2, 24, 8, 8)
    assert network(torch.zeros(2, 3, 32, 32)).shape == (2, 10)
    for name in ("zen", "synflow", "naswot", "grad_norm", "flops", "az_nas"):
        assert proxies.score(name, architecture, batch_size=4, num_classes=10).status == "ok", name
    for name in ("entropy", "linear_regions"):
        assert "defined for" in proxies.score(name, architecture).reason


def test_shortcuts_can_be_left_out() -> None:
    architecture = space.parse(repr(SMALL))
    plain, whole = (space.cost(architecture, 32, 10, residual) for residual in (False, True))
    # Two projections: of a first layer, though its channels would do, and where the channels change.
    assert whole.params - plain.params == (8 * 16 + 2 * 16) + (16 * 24 + 2 * 24)


def test_videos_are_clips() -> None:
    row = next(row for row in ROWS if row["name"] == "E3D-S")
    architecture = space.parse(text_of(row))
    assert space.input_shape(architecture, 64) == (3, 16, 64, 64)
    assert proxies.score("grad_norm", architecture, resolution=32, batch_size=2, num_classes=10).status == "ok"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{'best': 1}", "no 'best_structures'; there are: 'best'"),
        ("[{'class': 'Nope'}]", "block 1: unknown class 'Nope'"),
        ("[{'class': 'ConvKXBNRELU', 'in': 3, 'k': 3, 'out': 0}]", "block 1: out must be a whole number"),
        ("[{'class': 'ConvKXBNRELU', 'in': 3, 'k': 3, 'out': 8, 'z': 1}]", "z=1 is not known of a ConvKXBNRELU"),
        (repr([SMALL[0], SMALL[2]]), "block 2: takes 16 channels, but the block before gives 8"),
        ("{'best_structures': [[{'class': 'ConvKXBNRELU'", "not the literals that TinyNAS writes"),
        (repr({"best_structures": [SMALL[:1], SMALL[:2]]}), "the text holds 2 networks"),
    ],
)
def test_what_is_wrong_is_said(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        space.parse(text)


def test_the_case() -> None:
    case = SHARED / "cases" / "tinynas_style.txt"
    if not case.exists():
        pytest.skip("cases are not here (set ZSBENCH_SHARED)")
    assert space.cost(space.parse("\ufeff# a comment\n" + case.read_text()), 224, 1000).params == 66_008

import pytest
from matplotlib.colors import to_rgb
from zsbench.reports.diagram import FAMILIES, diagram, height, pale_of, sheet
from zsbench.reports.style import render

SIZES = {"params": 1_040_000, "macs": 159_000_000, "layers": 9}


def block(kind, channels, layers=1, side=32, bottleneck=0):
    return {"kind": kind, "out_channels": channels, "layers": layers, "side": side, "bottleneck": bottleneck}


BLOCKS = [
    block("SuperConvK3BNRELU", 8),
    block("SuperResK1K7K1", 16, layers=3, bottleneck=64),
    block("SuperResK3K3", 32, layers=2, side=16, bottleneck=8),
    block("SuperResIDWE6K5", 32, layers=2, side=16, bottleneck=16),
    block("SuperConvK1BNRELU", 128, side=8),
]


@pytest.fixture(scope="module")
def one():
    return diagram("zen, seed 0", SIZES, BLOCKS)


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def rectangles(figure, family, pale):
    """Boxes in a family's colour: (left, width, height) in inches, from left to right."""
    colour = FAMILIES[family][0]
    wanted = to_rgb(pale_of(colour) if pale else colour)
    found = [patch for patch in figure.axes[0].patches if patch.get_facecolor()[:3] == pytest.approx(wanted)]
    return sorted((patch.get_x(), patch.get_width(), patch.get_height()) for patch in found)


def test_boxes_follow_one_another_as_long_as_they_have_layers(one):
    assert [(box.start, box.layers) for box in one.boxes] == [(0, 1), (1, 3), (4, 2), (6, 2), (8, 1)]
    assert one.layers == 9
    assert (one.title, one.note) == ("zen, seed 0", "1.04M params, 159M MACs, 9 layers")


@pytest.mark.parametrize(
    ("kind", "family", "label"),
    [
        ("SuperConvK3BNRELU", "conv", "3×3"),
        ("SuperConvK1BNRELU", "conv", "1×1"),
        ("SuperResK5K5", "basic", "5·5"),
        ("SuperResK1K7K1", "bottleneck", "1·7·1"),
        ("SuperResIDWE6K5", "inverted", "e6 k5"),
        ("SuperResIDWE1K7", "inverted", "e1 k7"),
        ("Attention", "other", "Attention"),
    ],
)
def test_a_kind_is_told_by_its_kernels(kind, family, label):
    box = diagram("", SIZES, [block(kind, 8)]).boxes[0]
    assert (box.family, box.label) == (family, label)


def test_stages_end_where_the_map_shrinks(one):
    assert [tuple(stage) for stage in one.stages] == [(0, 4, 32), (4, 8, 16), (8, 9, 8)]


def test_equal_factors_of_channels_are_equal_heights():
    assert height(64) - height(32) == pytest.approx(height(2048) - height(1024))
    assert height(8) > height(4) == height(1) == 0


def test_what_is_drawn_is_what_the_boxes_say(one):
    figure = sheet([one])
    bottlenecks = rectangles(figure, "bottleneck", pale=False)
    bottlenecks = [box for box in bottlenecks if box[2] == pytest.approx(height(64))]
    assert len(bottlenecks) == 3  # one a layer
    step = bottlenecks[1][0] - bottlenecks[0][0]
    pale = {round(box[2], 6): box for box in rectangles(figure, "bottleneck", pale=True)}
    left, length, _ = pale[round(height(16), 6)]
    assert length == pytest.approx(3 * step, abs=0.04)
    assert left == pytest.approx(bottlenecks[0][0] - 0.25 * step, abs=0.04)
    shown = texts(figure)
    for expected in ("zen, seed 0", "1·7·1", "64→16", "×3", "8→32", "e6 k5", "128", "32 px", "16 px", "8 px"):
        assert expected in shown
    assert shown.count("16 px") == 1
    for family in ("conv", "basic", "bottleneck", "inverted"):
        assert FAMILIES[family][1] in shown
    assert FAMILIES["other"][1] not in shown


def test_a_sheet_has_one_scale_for_all(one):
    small = diagram("random, seed 0", SIZES, BLOCKS[:1] + BLOCKS[-1:])
    alone, together = sheet([one]), sheet([one, small])
    lengths = {round(box[1], 6) for box in rectangles(together, "conv", pale=True) if box[2] > 0.1}
    assert lengths <= {round(box[1], 6) for box in rectangles(alone, "conv", pale=True)}
    tall = [box for box in rectangles(together, "conv", pale=True) if box[2] == pytest.approx(height(128))]
    assert len(tall) == 2
    assert tall[0][1] == pytest.approx(tall[1][1])
    assert together.get_size_inches()[1] > alone.get_size_inches()[1]
    assert render(together) == render(sheet([one, small]))


@pytest.mark.parametrize("layers", [1, 20, 1000, 100_000])
def test_any_depth_fits_on_the_paper(layers):
    deep = diagram("deep", SIZES, [BLOCKS[0], block("SuperResK3K3", 4096, layers, 16, bottleneck=2048)])
    figure = sheet([deep])
    width, total = figure.get_size_inches()
    assert width <= 60
    assert total < 3
    rights = [patch.get_x() + patch.get_width() for patch in figure.axes[0].patches]
    assert max(rights) <= width


def test_texts_of_neighbours_do_not_collide(one):
    narrow = diagram(
        "narrow", SIZES, [block("SuperResK1K3K1", 1024, side=32 >> place, bottleneck=512) for place in range(24)]
    )
    figure = sheet([narrow, one])
    figure.draw_without_rendering()
    boxes = [
        text.get_window_extent() for text in figure.axes[0].texts if not text.get_text().startswith(" ")
    ]  # but notes
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])

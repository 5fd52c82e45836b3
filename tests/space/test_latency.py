import math
import pickle
from random import Random

import pytest
import torch
from conftest import drawn
from zsbench import space
from zsbench.space import LatencyTable, Layer, Piece, Point, layer_points, layers_met
from zsbench.space.superblocks.latency import Surface, head_layer

GRID = list(range(8, 129, 8))
CLASSES = 10


def cost(layer: Layer, inputs: int, outputs: int) -> float:
    """A made-up time: something for each call, each value and each multiply-add."""
    point = Point(layer, inputs, outputs)
    return 1e-3 + 1e-7 * point.values + 3e-9 * point.macs


def table(within: space.SuperBlockSpace, resolution: int, grid=GRID, factor: float = 1.0) -> LatencyTable:
    """A table whose every entry is the made-up time."""
    layers = []
    for layer in layers_met(within, resolution):
        inputs, outputs = grid, grid
        if layer.role == "stem":
            inputs = [3]
        elif layer.role == "head":
            outputs = [CLASSES]
        elif layer.role in ("depthwise", "sum"):
            outputs = [1]
        ms = [[cost(layer, i, o) for o in outputs] for i in inputs]
        layers.append({**layer._asdict(), "inputs": inputs, "outputs": outputs, "ms": ms})
    return LatencyTable({"resolution": resolution, "factor": factor, "layers": layers})


def slow_sum(architecture: space.Structure, resolution: int) -> float:
    """The made-up times of all layers of the built network, one after another."""
    network = space.build(architecture, CLASSES, device="meta", initialise=False)
    total, side = 0.0, resolution
    for unit in network.units:
        before = side
        for conv in unit.convs:
            k, stride, depthwise = conv.kernel_size[0], conv.stride[0], conv.groups > 1
            role = "depthwise" if depthwise else "stem" if conv.in_channels == 3 else "conv"
            total += cost(Layer(role, k, stride, side), conv.in_channels, 1 if depthwise else conv.out_channels)
            side = math.ceil(side / stride)
        if unit.projection is not None:
            conv = unit.projection[0]
            layer = Layer("projection", 1, conv.stride[0], before)
            total += cost(layer, conv.in_channels, conv.out_channels)
        elif unit.residual:
            total += cost(Layer("sum", 1, 1, side), unit.convs[-1].out_channels, 1)
    return total + cost(Layer("head", 1, 1, side), network.classifier.in_features, CLASSES)


def small(name: str, count: int) -> list[space.Structure]:
    """Random networks, all of whose channels lie on the grid."""
    within, rng, found = space.get(name), Random(3), []
    if name == "mobilenet":
        within = within.starting_from(within.start.replace("2048", "128"))
    while len(found) < count:
        architecture = within.random(rng)
        if all(max(point.inputs, point.outputs) <= GRID[-1] for point in layer_points(architecture, 32)):
            found.append(architecture)
    return found


@pytest.mark.parametrize(("name", "resolution"), [("resnet", 32), ("mobilenet", 96), ("resnet", 15)])
def test_a_prediction_is_the_sum_over_the_built_network(name: str, resolution: int) -> None:
    predictor = table(space.get(name), resolution, factor=1.25)
    for architecture in small(name, 30 if name == "resnet" else 10):  # few of its networks are small
        assert predictor.predict(architecture) == pytest.approx(1.25 * slow_sum(architecture, resolution), rel=1e-12)


@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_every_network_of_a_space_is_predicted(name: str) -> None:
    within = space.get(name)
    predictor = table(within, within.resolution, grid=[8, 32, 128])
    again = table(within, within.resolution, grid=[8, 32, 128])
    networks = drawn(name, 200)
    predicted = [predictor.predict(network) for network in networks]
    assert all(0 < value < math.inf for value in predicted)
    assert predicted == [again.predict(network) for network in reversed(networks)][::-1]
    assert predicted == [pickle.loads(pickle.dumps(predictor)).predict(network) for network in networks]
    assert len(set(predicted)) > 150


def test_a_space_with_another_start_meets_other_layers() -> None:
    within = space.get("resnet").starting_from("SuperConvK3BNRELU(3,8,2,1)SuperResK3K3(8,16,1,8,1)")
    predictor = table(within, 32)
    assert predictor.predict(within.initial()) > 0
    with pytest.raises(ValueError, match="stem 3×3, stride 1, side 32"):
        predictor.predict(space.get("resnet").initial())


def test_all_layers_that_are_met_are_needed() -> None:
    within = space.get("resnet")
    met = {point.layer for network in drawn("resnet", 1500) for point in layer_points(network, 32)}
    assert met | {head_layer(4)} == set(layers_met(within, 32))


def test_a_surface_is_exact_on_its_grid_and_a_power_law_in_between() -> None:
    surface = Surface([8, 16, 64], [8, 32], [[1.0, 2.0], [3.0, 7.0], [20.0, 21.0]])
    assert [surface.ms(i, o) for i in (8, 16, 64) for o in (8, 32)] == pytest.approx([1, 2, 3, 7, 20, 21])
    assert surface.ms(32, 8) == pytest.approx(math.sqrt(3 * 20))
    assert surface.ms(8, 16) == pytest.approx(math.sqrt(2))
    assert surface.ms(32, 16) == pytest.approx((3 * 7 * 20 * 21) ** 0.25)


def test_beyond_the_grid_a_time_grows_as_the_multiply_adds() -> None:
    surface = Surface([8, 16], [8, 16], [[1.0, 2.0], [4.0, None]])
    assert surface.ms(16, 16) == pytest.approx(8.0), "not measured: twice what 16 × 8 takes"
    assert surface.ms(48, 8) == pytest.approx(12.0)
    assert surface.ms(48, 32) == pytest.approx(8.0 * 3 * 2)
    assert surface.ms(3, 8) == 1.0, "fewer channels than the fewest measured take no less"


def test_more_channels_take_longer_where_the_measured_do() -> None:
    surface = Surface([8, 40, 264], [8, 40, 264], [[0.1, 0.2, 0.9], [0.15, 0.5, 2.0], [1.0, 3.0, None]])
    widths = range(8, 600, 8)
    for fixed in (8, 56, 400):
        for line in ([surface.ms(c, fixed) for c in widths], [surface.ms(fixed, c) for c in widths]):
            assert line == sorted(line)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"resolution": 32, "factor": None, "layers": []},
        {"resolution": 32, "factor": 1.0, "layers": [{"role": "conv"}]},
        *(
            {
                "resolution": 32,
                "factor": 1.0,
                "layers": [{"role": "sum", "kernel": 1, "stride": 1, "side": 4, "outputs": [1], **wrong}],
            }
            for wrong in (
                {"inputs": [8, 16], "ms": [[1.0]]},
                {"inputs": [16, 8], "ms": [[1.0], [1.0]]},
                {"inputs": [8], "ms": [[0.0]]},
                {"inputs": [8], "ms": [[None]]},
                {"inputs": [8], "ms": [[float("nan")]]},
                {"inputs": [8], "ms": [["1"]]},
                {"inputs": [], "ms": []},
            )
        ),
    ],
)
def test_what_is_no_table_is_refused(data: dict) -> None:
    with pytest.raises(ValueError, match="not a latency table"):
        LatencyTable(data)


def test_other_architectures_are_refused() -> None:
    predictor = table(space.get("resnet"), 32)
    with pytest.raises(ValueError, match="super-block structures only"):
        predictor.predict(space.get("nasbench201").initial())


@pytest.mark.parametrize("name", ["resnet", "mobilenet"])
def test_the_pieces_of_a_network_are_what_it_runs(name: str) -> None:
    """With the network's own weights; but for the last ReLU of a residual unit, which comes after the sum."""
    for architecture in small(name, 4):
        network = space.build(architecture, CLASSES).eval()
        points = layer_points(architecture, 16)
        x = torch.randn(2, 3, 16, 16)
        with torch.no_grad():
            for unit in network.units:
                inside = x
                for conv, norm in zip(unit.convs, unit.norms, strict=True):
                    piece = Piece(*next(points)).eval()
                    piece.body.convs[0].load_state_dict(conv.state_dict())
                    piece.body.norms[0].load_state_dict(norm.state_dict())
                    before, inside = inside, piece(inside)
                out = unit(x)
                if unit.residual:
                    main = unit.norms[-1](unit.convs[-1](before))
                    shortcut = Piece(*next(points)).eval()
                    if unit.projection is not None:
                        shortcut.body.load_state_dict(unit.projection.state_dict())
                    torch.testing.assert_close(torch.relu(shortcut(x, main)), out)
                else:
                    torch.testing.assert_close(inside, out)
                x = out
            assert next(points, None) is None
            last = Piece(head_layer(x.shape[-1]), x.shape[1], CLASSES)
            last.body.load_state_dict({f"classifier.{k}": v for k, v in network.classifier.state_dict().items()})
            torch.testing.assert_close(last(x), network.classifier(x.mean((2, 3))))


def test_a_piece_adds_its_shortcut() -> None:
    x, y = torch.randn(2, 8, 4, 4), torch.randn(2, 8, 4, 4)
    assert torch.equal(Piece(Layer("sum", 1, 1, 4), 8, 1)(x, y), x + y)
    projection = Piece(Layer("projection", 1, 2, 4), 8, 16).eval()
    y = torch.randn(2, 16, 2, 2)
    assert torch.equal(projection(x, y), y + projection.body(x))
    assert projection.channels == 16


def test_blocks_that_were_met_before_are_not_summed_again() -> None:
    predictor = table(space.get("resnet"), 32)
    architecture = space.get("resnet").initial()
    first = predictor.predict(architecture)
    asked = []
    original = predictor._surface
    predictor._surface = lambda layer: asked.append(layer) or original(layer)
    assert predictor.predict(architecture) == first
    assert [layer.role for layer in asked] == ["head"]

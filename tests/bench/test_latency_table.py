import json
import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from conftest import counted, walk
from small_tables import small_tables
from zsbench import space
from zsbench.bench.latency import table as latency
from zsbench.bench.latency import timing
from zsbench.bench.study import budgets as checks
from zsbench.bench.study.budgets import LatencyJob, MacsJob
from zsbench.results import Store
from zsbench.search import Budget

RESNET = space.get("resnet")


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    with small_tables(monkeypatch, tmp_path) as folder:
        yield folder


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with a table."""
    with pytest.MonkeyPatch.context() as patch, small_tables(patch, tmp_path_factory.mktemp("measured")) as folder:
        latency.load_or_measure(RESNET, wanted(), "cpu")
    return folder


def wanted(**more) -> latency.LatencySetting:
    budget = Budget(resolution=8, num_classes=10)
    return latency.LatencySetting(**{**vars(latency.make_latency_setting(RESNET, budget, 2, "cpu")), **more})


# The clock


def test_calls_are_timed_in_turn_and_the_cheap_ones_more_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a clock that only the calls themselves move on."""
    order: list[str] = []
    clock = [0.0]

    def call(name: str, *milliseconds: float):
        def run() -> None:
            order.append(name)
            clock[0] += milliseconds[order.count(name) % len(milliseconds)] / 1e3

        return run

    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    cheap, dear = timing.time_in_turn([call("a", 0.1), call("b", 4, 5, 6, 9)], "cpu", 4, 10, 20.0)
    assert order[: 2 * timing.WARM_UP] == ["a"] * timing.WARM_UP + ["b"] * timing.WARM_UP
    assert order[2 * timing.WARM_UP :] == ["a", "b"] * 4 + ["a"] * 6
    assert cheap == (pytest.approx(0.1), pytest.approx(0.1), pytest.approx(0, abs=1e-9), 10)
    assert dear == (pytest.approx(5.5), pytest.approx(4.75), pytest.approx(6.75 - 4.75), 4)


def test_a_call_that_takes_long_is_warmed_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(timing, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    ran = []

    def slow() -> None:
        ran.append(1)
        clock[0] += 2.0

    assert timing.time_in_turn([slow], "cpu", 3, 3, 0.0) == [(2000.0, 2000.0, 0.0, 3)]
    assert len(ran) == 4


def test_a_network_is_timed_as_it_is_deployed(tiny: space.Structure) -> None:
    (timed,) = timing.time_networks([tiny], 8, 2, 10, "cpu", 5)
    assert timed.repeats == 5
    assert 0 < timed.lower <= timed.median < 1000
    network = timing.prepare(space.build(tiny, 10), "cpu")
    assert not network.training
    assert timing.draw_maps(2, 3, 8, "cpu").is_contiguous(memory_format=torch.channels_last)
    assert timing.latency_precision("cuda") == "float16"


def test_values_neither_vanish_nor_explode_in_a_timed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(timing, "time_in_turn", lambda calls, *_: seen.extend(c().abs().max().item() for c in calls))
    timing.time_networks(walk("resnet", 5), 16, 2, 10, "cpu", 3)
    assert len(seen) == 5
    assert all(1e-6 < value < 1e6 for value in seen)


def test_layers_are_timed_with_weights_as_networks_have_them() -> None:
    for role, outputs in (("conv", 16), ("depthwise", 1), ("projection", 16), ("head", 10)):
        piece = space.Piece(space.Layer(role, 1, 1, 4), 8, outputs)
        (weight,) = (p for name, p in piece.named_parameters() if p.ndim > 1)
        bound = 1 / math.sqrt(weight[0].numel())
        assert weight.abs().max() <= bound
        assert weight.std() > bound / 4


# The table


def test_how_fast_the_machine_is_stays_out_of_the_table(
    coarse: Path, measured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a machine that becomes slower with every timing, where networks relate as their layers' sums do."""
    shutil.copytree(measured, coarse)
    data = latency.load_or_measure(RESNET, wanted(), "cpu")
    predict = space.LatencyTable({**data, "factor": 1.0}).predict
    initial, speeds = RESNET.initial(), (1 + 0.1 * n for n in range(100))

    def passes(architectures, resolution: int, batch_size: int, num_classes: int, device: str, repeats: int):
        speed = next(speeds)
        scale = data["reference_ms"] / predict(initial)  # the initial network takes what it took at first
        return [timing.Timing(ms, ms, 0.0, repeats) for a in architectures for ms in [speed * scale * predict(a)]]

    monkeypatch.setattr(latency, "FITTED_NETWORKS", 4)
    monkeypatch.setattr(latency, "time_networks", passes)
    monkeypatch.setattr(checks, "time_networks", passes)
    factor = latency._fit_factor(RESNET, wanted(), "cpu", data)
    assert factor == pytest.approx(data["reference_ms"] / 2 / predict(initial))
    reference = timing.Reference(str(initial), data["reference_ms"])
    row = LatencyJob(str(initial), "sample", factor * predict(initial), 8, 2, 10, "cpu", 3, reference).run()
    assert row["drift"] > 1.3
    assert row["measured"] / row["drift"] == pytest.approx(row["predicted"])


def test_layers_are_told_in_terms_of_the_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine twice as slow for layers and reference alike gives the same entry."""
    layer = space.Layer("conv", 3, 1, 4)
    entries = []
    for speed in (1.0, 2.0):

        def timings(calls, *_: object, speed: float = speed):
            return [timing.Timing(speed * n, speed * n, 0.0, 5) for n in range(1, len(calls) + 1)]

        monkeypatch.setattr(latency, "time_in_turn", timings)
        entries.append(latency._measure_layer(layer, wanted(), "cpu", lambda: None, 2.5))
    assert entries[0] == entries[1]
    assert entries[0]["ms"] == [[0.5 * n / 2 for n in row] for row in ([1, 2], [3, 4])]  # five calls: a drift of two


def test_a_table_is_measured_once_and_kept(coarse: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = latency.load_or_measure(RESNET, wanted(), "cpu")
    assert {space.Layer(*(entry[n] for n in space.Layer._fields)) for entry in data["layers"]} == set(
        space.layers_met(RESNET, 8)
    )
    assert data["factor"] > 0
    (path,) = coarse.iterdir()
    for part in ("resnet", "8px", "batch2", "float32", f"{torch.get_num_threads()}threads"):
        assert part in path.name
    assert json.loads(path.read_text()) == data
    capsys.readouterr()
    assert latency.load_or_measure(RESNET, wanted(), "cpu") == data
    assert f"latency table: {path}" in capsys.readouterr().err
    assert space.LatencyTable(data).predict(RESNET.initial()) > 0


def test_a_measuring_that_was_ended_goes_on(coarse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original, measured = latency._measure_layer, []

    def ending(layer: space.Layer, *rest):
        if len(measured) == 3:
            raise KeyboardInterrupt
        measured.append(layer)
        return original(layer, *rest)

    monkeypatch.setattr(latency, "_measure_layer", ending)
    with pytest.raises(KeyboardInterrupt):
        latency.load_or_measure(RESNET, wanted(), "cpu")
    (path,) = coarse.iterdir()
    begun = json.loads(path.read_text())["layers"]
    assert len(begun) == 3
    again = []
    monkeypatch.setattr(latency, "_measure_layer", lambda layer, *rest: again.append(layer) or original(layer, *rest))
    assert latency.load_or_measure(RESNET, wanted(), "cpu")["layers"][:3] == begun
    assert {*measured, *again} == set(space.layers_met(RESNET, 8))
    assert not {*measured} & {*again}


@pytest.mark.parametrize("damage", ["{", "[]", '{"setting": {}}', "negative", "other"])
def test_a_damaged_cache_is_measured_anew(
    coarse: Path, measured: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(measured, coarse)
    (path,) = coarse.iterdir()
    data = json.loads(path.read_text())
    if damage == "negative":
        data["layers"][0]["ms"][0][0] = -1.0
    elif damage == "other":
        data["setting"]["batch_size"] = 64
    path.write_text(json.dumps(data) if damage in ("negative", "other") else damage)
    new = latency.load_or_measure(RESNET, wanted(), "cpu")
    assert "is damaged, so the latency table is measured again" in capsys.readouterr().err
    assert json.loads(path.read_text()) == new
    assert new["setting"]["batch_size"] == 2


def test_another_setting_has_another_file() -> None:
    settings = [wanted(), wanted(device="Another CPU"), wanted(batch_size=4), wanted(threads=7), wanted(resolution=16),
                wanted(num_classes=11), wanted(precision="float16"), wanted(torch="0.0"), wanted(start="other")]  # fmt: skip
    names = {setting.filename for setting in settings}
    assert len(names) == len(settings)
    assert all("/" not in name and " " not in name for name in names)


def test_without_a_cache_a_table_is_measured_all_the_same(coarse: Path, capsys: pytest.CaptureFixture[str]) -> None:
    coarse.parent.mkdir(parents=True)
    coarse.write_text("a file where the folder should be")
    assert latency.load_or_measure(RESNET, wanted(), "cpu")["factor"] > 0
    assert "cannot write the latency table" in capsys.readouterr().err


def test_large_layers_are_measured_on_parts_of_a_batch_and_larger_ones_extrapolated(monkeypatch) -> None:
    layer = space.Layer("conv", 3, 1, 4)
    macs = 9 * 8 * 64 * 16
    monkeypatch.setitem(latency.AFFORDABLE, "cpu", (2 * macs, math.inf))
    setting = wanted(batch_size=2)
    batches = {
        point: latency._batch_size(space.Point(layer, *point), setting, "cpu") for point in [(8, 8), (8, 64), (64, 64)]
    }
    assert batches == {(8, 8): 2, (8, 64): 2, (64, 64): 0}
    entry = latency._measure_layer(layer, setting, "cpu", lambda: None, 1.0)
    assert [[value is None for value in row] for row in entry["ms"]] == [[False, False], [False, True]]
    assert latency._batch_size(space.Point(layer, 16, 64), setting, "cpu") == 1
    assert latency._batch_size(space.Point(layer, 64, 64), wanted(batch_size=16), "cpu") == 0
    assert latency._batch_size(space.Point(layer, 8, 64), wanted(batch_size=16), "cpu") == 2
    large = latency._measure_layer(layer._replace(side=64), setting, "cpu", lambda: None, 1.0)
    assert [[value is None for value in row] for row in large["ms"]] == [[False, True], [True, True]]


# The checks


@pytest.mark.parametrize("name", ["resnet", "mobilenet", "nasbench201"])
def test_counted_multiply_adds_are_the_budgets(name: str) -> None:
    within = space.get(name)
    for architecture in walk(name, 3) if name != "nasbench201" else [within.initial(), within.parse(
        "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|none~1|nor_conv_3x3~2|")]:  # fmt: skip
        macs = space.cost(architecture, 32, 10).macs
        row = MacsJob(str(architecture), macs, 32, 10).run()
        assert (row["predicted"], row["measured"], row["status"]) == (macs, macs, "ok")
        assert row["measured"] == counted(architecture, 32, residual=True)[1]


def test_a_network_that_does_not_fit_is_a_row_with_a_status(tmp_path: Path, tiny: space.Structure, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(checks, "time_networks", full)
    row = LatencyJob(str(tiny), "winner", 0.5, 8, 2, 10, "cpu", 3, timing.Reference(str(tiny), 1.0)).run()
    with Store(tmp_path / "results.sqlite") as store:
        store.add_measurement(row)
        (kept,) = store.measurements().to_dict("records")
    assert (kept["status"], kept["reason"]) == ("error", "CUDA out of memory")
    assert kept["predicted"] == 0.5
    assert math.isnan(kept["measured"])

import json
import math
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from conftest import counted, walk

import space
from bench import checks, cli, config, latency, timing
from bench.checks import LatencyJob, MacsJob
from results import Store
from search import Budget

RESNET = space.get("resnet")


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Tables of a few seconds, in a cache of the test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, value in {"DENSE": (8, 64), "COARSE": (8, 64), "LEAST": 2, "MOST": 2, "FITTED": 2}.items():
        monkeypatch.setattr(latency, name, value)
    return tmp_path / "cache" / "zsbench"


def wanted(**more) -> latency.Setting:
    budget = Budget(resolution=8, num_classes=10)
    return latency.Setting(**{**vars(latency.setting(RESNET, budget, 2, "cpu")), **more})


def zsbench(*arguments: object) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["zsbench", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
    return int(ended.value.code)


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
    cheap, dear = timing.timed_in_turn([call("a", 0.1), call("b", 4, 5, 6, 9)], "cpu", 4, 10, 20.0)
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

    assert timing.timed(slow, "cpu", 3) == (2000.0, 2000.0, 0.0, 3)
    assert len(ran) == 4


def test_a_network_is_timed_as_it_is_deployed(tiny: space.Structure) -> None:
    timed = timing.network_timing(tiny, 8, 2, 10, "cpu", 5)
    assert timed.repeats == 5
    assert 0 < timed.lower <= timed.median < 1000
    network = timing.prepared(space.build(tiny, 10), "cpu")
    assert not network.training
    assert timing.images(2, 3, 8, "cpu").is_contiguous(memory_format=torch.channels_last)
    assert timing.precision("cuda") == "float16"


def test_values_neither_vanish_nor_explode_in_a_timed_network(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(timing, "timed", lambda call, *_: seen.append(call().abs().max().item()))
    for architecture in walk("resnet", 5):
        timing.network_timing(architecture, 16, 2, 10, "cpu", 3)
    assert all(1e-6 < value < 1e6 for value in seen)


# The table


def test_a_table_is_measured_once_and_kept(coarse: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = latency.table(RESNET, wanted(), "cpu")
    assert {space.Layer(*(entry[n] for n in space.Layer._fields)) for entry in data["layers"]} == set(
        space.layers_met(RESNET, 8)
    )
    assert data["factor"] > 0
    (path,) = coarse.iterdir()
    for part in ("resnet", "8px", "batch2", "float32", f"{torch.get_num_threads()}threads"):
        assert part in path.name
    assert json.loads(path.read_text()) == data
    capsys.readouterr()
    assert latency.table(RESNET, wanted(), "cpu") == data
    assert f"latency table: {path}" in capsys.readouterr().err
    assert space.LatencyTable(data).predict(RESNET.initial()) > 0


def test_a_measuring_that_was_ended_goes_on(coarse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original, measured = latency._measured, []

    def ending(layer: space.Layer, *rest):
        if len(measured) == 3:
            raise KeyboardInterrupt
        measured.append(layer)
        return original(layer, *rest)

    monkeypatch.setattr(latency, "_measured", ending)
    with pytest.raises(KeyboardInterrupt):
        latency.table(RESNET, wanted(), "cpu")
    (path,) = coarse.iterdir()
    begun = json.loads(path.read_text())["layers"]
    assert len(begun) == 3
    again = []
    monkeypatch.setattr(latency, "_measured", lambda layer, *rest: again.append(layer) or original(layer, *rest))
    assert latency.table(RESNET, wanted(), "cpu")["layers"][:3] == begun
    assert {*measured, *again} == set(space.layers_met(RESNET, 8))
    assert not {*measured} & {*again}


@pytest.mark.parametrize("damage", ["{", "[]", '{"setting": {}}', "negative", "other"])
def test_a_damaged_cache_is_measured_anew(coarse: Path, damage: str, capsys: pytest.CaptureFixture[str]) -> None:
    data = latency.table(RESNET, wanted(), "cpu")
    (path,) = coarse.iterdir()
    if damage == "negative":
        data["layers"][0]["ms"][0][0] = -1.0
    elif damage == "other":
        data["setting"]["batch_size"] = 64
    path.write_text(json.dumps(data) if damage in ("negative", "other") else damage)
    new = latency.table(RESNET, wanted(), "cpu")
    assert "damaged and measured anew" in capsys.readouterr().err
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
    assert latency.table(RESNET, wanted(), "cpu")["factor"] > 0
    assert "cannot be kept" in capsys.readouterr().err


def test_layers_that_no_network_affords_are_extrapolated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(latency.AFFORDABLE, "cpu", (2 * 9 * 8 * 64 * 16, math.inf))
    layer = space.Layer("conv", 3, 1, 4)
    entry = latency._measured(layer, wanted(), "cpu")
    assert [[value is None for value in row] for row in entry["ms"]] == [[False, False], [False, True]]
    tiny = latency._measured(layer._replace(side=64), wanted(), "cpu")
    assert [[value is None for value in row] for row in tiny["ms"]] == [[False, True], [True, True]]


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

    monkeypatch.setattr(checks, "network_timing", full)
    row = LatencyJob(str(tiny), "winner", 0.5, 8, 2, 10, "cpu", 3).run()
    with Store(tmp_path / "results.sqlite") as store:
        store.add_measurement(row)
        (kept,) = store.measurements().to_dict("records")
    assert (kept["status"], kept["reason"]) == ("error", "CUDA out of memory")
    assert kept["predicted"] == 0.5
    assert math.isnan(kept["measured"])


# Whole studies

STUDY = """
name = "small"
proxies = ["flops", "random"]
[space]
name = "resnet"
[budget]
macs = 2_000_000
resolution = 8
num_classes = 10
latency_ms = 1000.0
[latency]
batch_size = 2
repeats = 3
networks = 4
[search]
evaluations = 60
population = 20
[score]
resolution = 8
[train]
datasets = []
[correlation]
samples = 0
"""


@pytest.fixture
def study(tmp_path: Path) -> SimpleNamespace:
    """A study under a limit of latency that about a half of all candidates exceed."""
    path, out = tmp_path / "small.toml", tmp_path / "out"
    data = latency.table(RESNET, latency.setting(RESNET, Budget(resolution=8, num_classes=10), 2, "cpu"), "cpu")
    limit = 1.6 * space.LatencyTable(data).predict(RESNET.initial())
    path.write_text(STUDY.replace("1000.0", str(limit)))
    return SimpleNamespace(
        out=out, limit=limit, arguments=("run", path, "--out", out, "--workers", "1", "--device", "cpu")
    )


@pytest.fixture(autouse=True)
def one_thread():
    """As a study has; tables of another number of threads are others."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def kept(out: Path):
    with Store(out / "results.sqlite", read_only=True) as store:
        return store.searches(), store.measurements()


def test_a_study_under_a_latency_that_is_killed_and_goes_on(study, monkeypatch, capsys) -> None:
    run, original = [], LatencyJob.run

    def ending(job: LatencyJob):
        if len(run) == 3:
            raise KeyboardInterrupt
        run.append(job.architecture)
        return original(job)

    monkeypatch.setattr(LatencyJob, "run", ending)
    assert zsbench(*study.arguments) == 130
    searches, before = kept(study.out)
    assert len(searches) == 2
    assert len(before[before.quantity == "latency_ms"]) == 3
    table = (study.out / "latency.json").read_bytes()

    # Another table in the cache does not change what a study predicts that has begun.
    for path in latency.cache_folder().iterdir():
        path.unlink()
    again = []
    monkeypatch.setattr(LatencyJob, "run", lambda job: again.append(job.architecture) or original(job))
    assert zsbench(*study.arguments) == 0
    searches, after = kept(study.out)
    assert (study.out / "latency.json").read_bytes() == table
    assert after.iloc[: len(before)].equals(before)
    assert not {*run} & {*again}

    predict = space.LatencyTable(json.loads(table)).predict
    assert (searches.latency_ms <= study.limit).all()
    assert searches.latency_ms.tolist() == [predict(space.parse(winner)) for winner in searches.winner]
    assert all(json.loads(text).get("latency", 0) > 0 for text in searches.rejected)
    timed = after[after.quantity == "latency_ms"]
    assert timed.role.value_counts().to_dict() == {"sample": 4, "winner": searches.winner.nunique()}
    assert (timed.predicted <= study.limit).all()
    assert timed.predicted.tolist() == [predict(space.parse(text)) for text in timed.architecture]
    assert (timed.measured > 0).all()
    assert (timed.repeats == 3).all()
    counts = after[after.quantity == "macs"]
    assert set(counts.architecture) == set(searches.winner)
    assert (counts.measured == counts.predicted).all()
    assert (counts.measured <= 2_000_000).all()

    page = (study.out / "report" / "index.html").read_text()
    assert "Budgets, checked" in page
    assert "over n = 4 random networks" in page
    assert "Score and accuracy" not in page
    assert (study.out / "report" / "plots" / "latency.svg").exists()
    told = (study.out / "report" / "table.md").read_text()
    assert "Measured" not in told
    assert "s / network" not in told


def test_a_study_does_not_go_on_with_another_table(study, capsys) -> None:
    assert zsbench(*study.arguments) == 0
    copy = study.out / "latency.json"
    data = json.loads(copy.read_text())
    copy.write_text(json.dumps({**data, "factor": 2 * data["factor"]}))
    capsys.readouterr()
    assert zsbench(*study.arguments) == 2
    assert "latency.json: its content is not what this study began with" in capsys.readouterr().err


def test_a_study_does_not_go_on_on_another_device(study, monkeypatch, capsys) -> None:
    assert zsbench(*study.arguments) == 0
    monkeypatch.setattr(latency, "device_name", lambda device: "Another CPU")
    capsys.readouterr()
    assert zsbench(*study.arguments) == 2
    assert "not 'Another CPU': go on where it was measured, or choose another --out" in capsys.readouterr().err


def test_a_latency_that_nothing_keeps_is_told_in_one_line(study, capsys) -> None:
    assert zsbench(*study.arguments, "--set", "budget.latency_ms=0.000001") == 2
    err = capsys.readouterr().err.splitlines()[-1]
    assert err == "zsbench: latency.networks: the initial architecture of space 'resnet' exceeds the budget of latency"


def test_one_search_under_a_latency(study, tmp_path: Path, capsys) -> None:
    arguments = ("--space", "resnet", "--proxy", "flops", "--evaluations", 30, "--workers", 1, "--device", "cpu")
    assert zsbench("search", *arguments, "--latency-ms", 1e4, "--macs", 10_000_000, "--out", tmp_path / "one") == 0
    line = json.loads(capsys.readouterr().out)
    searches, measured = kept(tmp_path / "one")
    assert searches.winner.tolist() == [line["winner"]]
    assert 0 < searches.latency_ms[0] <= 1e4
    assert measured.quantity.tolist() == ["macs", "latency_ms"]
    assert measured.role.tolist() == ["winner", "winner"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["budget.latency_ms=0"], "budget.latency_ms"),
        (["budget.latency_ms=-1.5"], "budget.latency_ms"),
        (["budget.latency_ms=soon"], "budget.latency_ms"),
        (["latency.repeats=2"], "latency.repeats"),
        (["latency.precision=float16"], "unknown key 'latency.precision'"),
        (
            ["budget.latency_ms=1.0", "space.name=nasbench201"],
            "budget.latency_ms: predicted for super-block spaces only",
        ),
    ],
)
def test_wrong_settings_are_named(study, settings: list[str], message: str, capsys) -> None:
    assert zsbench(*study.arguments, *[part for setting in settings for part in ("--set", setting)]) == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_imagenet_presets_hold_what_was_published() -> None:
    for name, macs in {
        "imagenet-400m": 4e8,
        "imagenet-600m": 6e8,
        "imagenet-800m": 8e8,
        "imagenet-latency": None,
    }.items():
        study = config.load(name, [])
        assert (study.space.name, study.budget.macs, study.budget.layers) == ("mobilenet", macs, 14)
        assert (study.budget.resolution, study.budget.num_classes) == (224, 1000)
        assert (study.search.population, study.search.evaluations) == (256, 96_000)
        assert study.train.datasets == []
        assert study.correlation.samples == 0
    assert study.latency.batch_size == 64
    assert 0.1 <= study.budget.latency_ms <= 1.2

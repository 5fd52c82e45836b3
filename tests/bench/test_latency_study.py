import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import zsbench
from small_tables import small_tables
from zsbench import space
from zsbench.bench.latency import table as latency
from zsbench.bench.study import config
from zsbench.bench.study.budgets import LatencyJob
from zsbench.results import Store
from zsbench.search import Budget

RESNET = space.get("resnet")


@pytest.fixture(autouse=True)
def coarse(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    with small_tables(monkeypatch, tmp_path) as folder:
        yield folder


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the table of the study below."""
    with pytest.MonkeyPatch.context() as patch, small_tables(patch, tmp_path_factory.mktemp("measured")) as folder:
        latency.load_or_measure(RESNET, wanted(), "cpu")
    return folder


def wanted() -> latency.LatencySetting:
    return latency.make_latency_setting(RESNET, Budget(resolution=8, num_classes=10), 2, "cpu")


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
def study(tmp_path: Path, coarse: Path, measured: Path) -> SimpleNamespace:
    """A study under a limit of latency that about a half of all candidates exceed."""
    path, out = tmp_path / "small.toml", tmp_path / "out"
    shutil.copytree(measured, coarse)
    data = latency.load_or_measure(RESNET, wanted(), "cpu")
    limit = 1.6 * space.LatencyTable(data).predict(RESNET.initial())
    path.write_text(STUDY.replace("1000.0", str(limit)))
    return SimpleNamespace(
        out=out, limit=limit, arguments=("run", path, "--out", out, "--workers", "1", "--device", "cpu")
    )


def kept(out: Path):
    with Store(out / "results.sqlite", read_only=True) as store:
        return store.searches(), store.measurements()


def test_a_study_under_a_latency_that_is_killed_and_goes_on(study, monkeypatch) -> None:
    run, original = [], LatencyJob.run

    def ending(job: LatencyJob):
        if len(run) == 3:
            raise KeyboardInterrupt
        run.append(job.architecture)
        return original(job)

    monkeypatch.setattr(LatencyJob, "run", ending)
    assert zsbench(*study.arguments).returncode == 130
    searches, before = kept(study.out)
    assert len(searches) == 2
    assert len(before[before.quantity == "latency_ms"]) == 3
    table = (study.out / "latency.json").read_bytes()

    # Another table in the cache does not change what a study predicts that has begun.
    for path in latency.cache_folder().iterdir():
        path.unlink()
    again = []
    monkeypatch.setattr(LatencyJob, "run", lambda job: again.append(job.architecture) or original(job))
    assert zsbench(*study.arguments).returncode == 0
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
    assert (timed.drift > 0).all()
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


def test_a_study_does_not_go_on_with_another_table_or_on_another_device(study, monkeypatch) -> None:
    assert zsbench(*study.arguments, drawn=False).returncode == 0
    copy = study.out / "latency.json"
    text = copy.read_text()
    copy.write_text(json.dumps({**json.loads(text), "factor": 2 * json.loads(text)["factor"]}))
    done = zsbench(*study.arguments)
    assert done.returncode == 2
    assert "latency.json: the file has changed since this study started" in done.stderr
    copy.write_text(text)
    monkeypatch.setattr(latency, "device_name", lambda device: "Another CPU")
    done = zsbench(*study.arguments)
    assert done.returncode == 2
    assert "not 'Another CPU': continue on the machine that measured it, or choose another --out" in done.stderr


def test_a_latency_that_nothing_keeps_is_told_in_one_line(study) -> None:
    done = zsbench(*study.arguments, "--set", "budget.latency_ms=0.000001")
    assert done.returncode == 2
    told = done.stderr.splitlines()[-1]
    assert (
        told
        == "zsbench: latency.networks: the initial architecture of space 'resnet' exceeds the budget of latency; raise this limit"
    )


def test_one_search_under_a_latency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(latency.AFFORDABLE, "cpu", (2e7, 1e6))  # its table is for batches of 64 images of 32 pixels
    arguments = ("--space", "resnet", "--proxy", "flops", "--evaluations", 30, "--workers", 1, "--device", "cpu")
    done = zsbench("search", *arguments, "--latency-ms", 1e4, "--macs", 10_000_000, "--out", tmp_path / "one")
    assert done.returncode == 0
    searches, measured = kept(tmp_path / "one")
    assert searches.winner.tolist() == [json.loads(done.stdout)["winner"]]
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
def test_wrong_settings_are_named(study, settings: list[str], message: str) -> None:
    done = zsbench(*study.arguments, *[part for setting in settings for part in ("--set", setting)])
    assert done.returncode == 2
    assert message in done.stderr.splitlines()[-1]


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

"""`zsbench rank`: where a proxy stands on a table that ships."""

import json
import math
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import zsbench
from zsbench import proxies
from zsbench.bench.standing import ranking, table
from zsbench.bench.tabular import trained
from zsbench.proxies import registry

# Without those that other tests of this process have registered.
ZOO = [name for name in proxies.names() if proxies.get(name).builtin]
MINE = '''
from zsbench import proxy


@proxy("my_score", init="gaussian", residual=False)
def my_score(network, batch):
    """Mean absolute response of the last feature map."""
    return network.features(batch.images).abs().mean().item()


@proxy("in_disguise", needs="architecture", deterministic=True)
def in_disguise(architecture, setting):
    """The square of the number of parameters."""
    from zsbench import space

    return float(space.cost(architecture, setting.resolution, setting.num_classes).params) ** 2


@proxy("pure_noise", needs="network")
def pure_noise(network, batch):
    """A random number."""
    import torch

    return torch.rand(1, generator=batch.generator).item()
'''


@pytest.fixture(autouse=True)
def _registry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is gone after it."""
    monkeypatch.setattr(registry, "_REGISTRY", dict(registry._REGISTRY))


@pytest.fixture
def mine(tmp_path: Path) -> str:
    path = tmp_path / "my_proxy.py"
    path.write_text(MINE)
    return str(path)


def test_every_table_that_ships_is_whole() -> None:
    assert {"cifar-small", "nasbench201"} <= trained.tables().keys()
    for name, one in trained.tables().items():
        assert not [path for path in one.folder.iterdir() if path.suffix not in (".csv", ".xz", ".toml")]
        text = (one.folder / "settings.csv").read_text()
        assert "command" not in text, "what was typed on one machine is of no use to others"
        assert not re.search(r"[\s,\"]~?/\w", text), "no folder of a machine"
        with one.open() as store:
            held = table.Trained.of(store)
        assert len(held.whole()) == len(held.proxies), f"{name}: every proxy has scored every network"
    small = trained.find("cifar-small")
    with small.open() as store:
        assert store.proxies().proxy.nunique() == len(ZOO)
        assert set(store.samples(stratum="random").architecture) == set(small.samples().architecture)
        assert len(store.samples(stratum="top"))


@pytest.mark.parametrize("name", ["naswot", "zen", "az_nas", "params", "entropy", "random", "meco"])
def test_a_built_in_proxy_gives_the_stored_scores_value_by_value(name: str) -> None:
    held = table.load("cifar-small")
    settings = held.settings(name, "cpu", None)
    texts = held.order[:4]
    for rows in ranking.score_networks(name, settings, texts, workers=1):
        for row in rows:
            stored = held.trained.scores
            stored = stored[(stored.proxy == name) & (stored.architecture == row["architecture"])]
            stored = stored[stored.seed == row["seed"]].iloc[0]
            assert stored.status == row["status"] == "ok"
            was = json.loads(stored.components) if row["components"] else stored.value
            # Another processor may differ in the last digits.
            assert np.allclose(row["components"] or row["value"], was, rtol=1e-5, atol=0)
    assert len(settings) == (1 if proxies.get(name).deterministic else 3)


def test_a_ranking_of_a_built_in_proxy_is_its_row_of_the_leaderboard() -> None:
    held = table.load("cifar-small")
    found = zsbench.rank("entropy", "cifar-small", progress=False)
    board = zsbench.results.leaderboard({"cifar-small": held.trained}).rows.set_index("proxy").loc["entropy"]
    assert found.verdict.placement.rank == board["rank"]
    assert found.verdict.placement.of == len(ZOO)
    assert found.verdict.correlation.tau == pytest.approx(board["tau"])


def test_the_command_prints_one_screen_and_writes_a_page(run, mine: str, tmp_path: Path) -> None:
    out = tmp_path / "verdict"
    asked = ("--proxy", "my_score", "--on", "cifar-small", "--out", str(out), "--workers", "1", "--budget", "0")
    code, text, err = run("rank", mine, *asked)
    assert code == 0, err
    assert text.startswith("my_score on cifar-small, CIFAR-10: all 40 networks scored under 3 seeds.")
    assert len(text.splitlines()) <= 26
    for label in ("Rank", "Order", "Size", "Against", "Choice", "Noise", "Cost", "Together", "Failures"):
        assert any(line.startswith(label) for line in text.splitlines()), label
    assert "networks, " in err, "running estimates go to stderr"
    page = (out / "index.html").read_text()
    assert page.count("data:image/png;base64") == 3
    row = json.loads((out / "verdict.json").read_text().splitlines()[0])
    others = len(pd.read_csv(trained.find("cifar-small").folder / "proxies.csv"))
    assert row["rank_low"] <= row["rank"] <= row["rank_high"] <= row["of"] == others + 1
    ladder = pd.read_csv(next(out.glob("ladder_*.csv")))
    assert ladder.proxy.tolist().index("my_score") + 1 >= row["rank"]


def test_a_count_in_disguise_and_noise_are_told_so(run, mine: str) -> None:
    code, text, _ = run("rank", mine, "--proxy", "in_disguise", "--on", "cifar-small")
    assert code == 0
    assert "It is a count of parameters in disguise" in text
    code, text, _ = run("rank", mine, "--proxy", "pure_noise", "--on", "cifar-small", "--json")
    assert code == 0
    row = json.loads(text)
    assert row["is_noise"]
    assert not row["counts_size"]
    assert row["rank_high"] == row["of"], "it may be the last of all"
    assert row["tau_low"] < 0 < row["tau_high"]


def test_a_budget_a_narrow_interval_and_an_interrupt_end_it(run, mine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("rank", mine, "--proxy", "in_disguise", "--on", "cifar-small", "--json")
    found = json.loads(run(*asked, "--half-width", "0.9")[1])
    assert found["n"] == 8, "the first estimate is narrow enough"
    monkeypatch.setattr(ranking, "score_networks", interrupted(ranking.score_networks, after=5))
    code, text, _ = run(*asked[:-1])
    assert code == 0
    assert "5 of 40 networks scored. Interrupted: this is the verdict so far." in " ".join(text.split())
    monkeypatch.setattr(ranking, "score_networks", interrupted(ranking.score_networks, after=2))
    code, _, err = run(*asked)
    assert code == 2
    assert "fewer than 3 networks have a score" in err


def interrupted(original, after: int):
    def stream(name, *arguments, **options):
        for place, rows in enumerate(original(name, *arguments, **options)):
            if place == after and name == "in_disguise":
                raise KeyboardInterrupt
            yield rows

    return stream


def test_the_budget_ends_it(mine: str) -> None:
    proxies.load_file(mine)
    held = table.load("cifar-small")
    found = ranking.rank_on(
        held, "my_score", held.settings("my_score", "cpu", None), budget=1e-3, workers=1, imports=()
    )
    assert found.ended == "budget"
    assert 1 <= len({*found.trained.scores.query("proxy == 'my_score'").architecture}) <= 3


def test_a_budget_too_small_for_three_networks_is_used_for_three(mine: str) -> None:
    proxies.load_file(mine)
    assert zsbench.rank("my_score", "cifar-small", budget=1e-6, progress=False).verdict.n == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rank",), "give a file with your proxy, or --proxy NAME"),
        (("rank", "absent.py"), "no such file"),
        (("rank", "zen", "--on", "nope"), "no table 'nope'; there are: "),
        (("rank", "zen", "--table", "/no/such.csv"), "--table /no/such.csv: no such file"),
        (("rank", "zen", "--on", "nasbench201"), "it holds scores only"),
        (("rank", "--proxy", "zenn"), "unknown proxy 'zenn'"),
    ],
)
def test_wrong_usage_is_one_line(run, arguments: tuple[str, ...], message: str) -> None:
    code, _, err = run(*arguments)
    assert code == 2
    assert message in err
    assert err.count("\n") == 1


def test_a_file_with_several_proxies_asks_which(run, mine: str) -> None:
    code, _, err = run("rank", mine)
    assert code == 2
    assert "it registers my_score, in_disguise, pure_noise; say which with --proxy" in err


def test_accuracies_of_the_user_for_a_table_that_holds_scores(run, tmp_path: Path) -> None:
    texts = trained.find("nasbench201").samples()
    path = tmp_path / "accuracy.csv"
    few = texts.sample(300, random_state=0)
    few.assign(cifar10=few.params / few.params.max() * 90)[["architecture", "cifar10"]].to_csv(path, index=False)
    code, text, err = run("rank", "depth", "--table", str(path), "--json", "--workers", "1")
    assert code == 0, err
    row = json.loads(text)
    assert (row["table"], row["dataset"], row["n"]) == ("nasbench201", "cifar10", 300)
    assert row["of"] == 7, "only proxies that have scored every cell"
    assert row["against"][0]["proxy"] == "params"


def test_a_space_without_stored_scores_is_compared_with_sizes(run, tmp_path: Path) -> None:
    path = tmp_path / "macro.csv"
    lines = [
        f"{text},{50 + int(text[-2:], 3)}" for text in ("00000000", "11111111", "22222222", "01201201", "10101022")
    ]
    path.write_text("\n".join(["architecture,accuracy", *lines]))
    asked = ("rank", "depth", "--space", "nasbench_macro", "--table", str(path), "--json", "--workers", "1")
    code, text, err = run(*asked)
    assert code == 0, err
    row = json.loads(text)
    assert (row["table"], row["n"], row["of"]) == ("macro", 5, 3)
    assert {one["proxy"] for one in row["against"]} == {"params", "flops"}
    code, _, err = run(*asked, "--on", "cifar-small")
    assert code == 2
    assert "--space: give --table with it, and not --on" in err


def test_a_folder_that_is_dropped_in_is_a_table(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    source = trained.find("cifar-small").folder
    shutil.copytree(source, tmp_path / "fewer")
    shutil.copytree(source, tmp_path / "more")
    samples = pd.read_csv(source / "samples.csv")
    samples.drop(index=[0, 1]).to_csv(tmp_path / "fewer" / "samples.csv", index=False)
    monkeypatch.setattr(trained, "FOLDER", tmp_path)
    assert list(trained.tables()) == ["fewer", "more"]
    assert trained.default().name == "more"
    found = zsbench.rank("params", progress=False)
    assert (found.verdict.table, found.verdict.n) == ("more", 40)


def test_a_table_is_accepted_where_a_csv_is(run) -> None:
    asked = ("correlate", "--space", "resnet", "--proxy", "params", "--json", "--workers", "1", "--num-classes", "10")
    code, text, err = run(*asked, "--table", "cifar-small")
    assert code == 0, err
    row = json.loads(text)
    stored = zsbench.rank("params", "cifar-small", progress=False).verdict
    assert (row["dataset"], row["n"]) == ("cifar10", 40)
    assert row["tau"] == pytest.approx(stored.correlation.tau)
    code, _, err = run(*asked, "--table", "nasbench201")
    assert code == 2
    assert "it is of space 'nasbench201', not 'resnet'" in err
    code, text, _ = run("list", "tables")
    assert code == 0
    assert text.startswith("cifar-small")


def test_a_function_of_a_notebook_needs_no_file() -> None:
    def layers_squared(architecture, setting):
        """Depth, squared."""
        return architecture.layers**2

    found = zsbench.rank(
        layers_squared, "cifar-small", needs="architecture", deterministic=True, progress=False, workers=None
    )
    assert found.verdict.proxy == "layers_squared"
    assert found.verdict.counts_size
    assert "count of layers in disguise" in repr(found)
    again = zsbench.rank(layers_squared, "cifar-small", progress=False)  # it is registered by now
    assert again.verdict.row()["tau"] == found.verdict.row()["tau"]
    assert {"proxy", "tau", "low", "high", "seconds", "pareto", "rank"} <= set(found.ladder)
    assert len(found.points) == 40
    assert len(found.scores) == 40
    assert len(found.against) == len(found.ladder) - 1
    for kind in ("ladder", "scatter", "cost"):
        assert found.plot(kind).has_data()
    with pytest.raises(ValueError, match="no figure 'pie'"):
        found.plot("pie")
    assert not proxies.get("layers_squared").builtin
    assert proxies.get("zen").builtin


def test_costs_of_two_machines_are_brought_to_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranking, "_machine", lambda *_: 10.0)
    slow = zsbench.rank("depth", "cifar-small", progress=False).ladder.set_index("proxy").seconds
    monkeypatch.setattr(ranking, "_machine", lambda *_: 1.0)
    fast = zsbench.rank("depth", "cifar-small", progress=False).ladder.set_index("proxy").seconds
    assert slow["zen"] == pytest.approx(10 * fast["zen"])
    assert math.isfinite(slow["depth"])


def test_a_proxy_that_never_ends_is_ended(tmp_path: Path) -> None:
    """In a loop of C, which no signal interrupts: each score is ended, and the verdict says that they all failed."""
    path = tmp_path / "stuck.py"
    body = "import itertools\nfrom zsbench import proxy\n\n@proxy('stuck')\ndef stuck(network, batch):\n"
    path.write_text(body + '    """Never ends."""\n    return max(itertools.repeat(0))\n')
    done = subprocess.run(
        [sys.executable, "-m", "zsbench", "rank", str(path), "--budget", "0.2"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    why = "most failed with timeout: took longer than its limit of 1 s"
    assert done.stderr.splitlines()[-1] == f"zsbench: stuck: fewer than 3 networks have a score; {why}"


def test_a_proxy_that_scores_all_alike_orders_nothing() -> None:
    with pytest.raises(ValueError, match="all 40 networks have the same score, so it does not order them"):
        zsbench.rank(constant, "cifar-small", progress=False)
    with pytest.raises(ValueError, match="budget must be a number above 0, got nan"):
        zsbench.rank("params", "cifar-small", budget=math.nan)
    with pytest.raises(ValueError, match="a proxy is a name or a function, got 3"):
        zsbench.rank(3, "cifar-small")


def constant(network, batch):
    """One."""
    return 1.0

import json
from pathlib import Path

import pytest
from conftest import golden, zsbench
from helpers import TWO, zsbench_apart
from zsbench import space

COLUMNS = [
    "proxy",
    "protocol",
    "space",
    "architecture",
    "seed",
    "value",
    "status",
    "reason",
    "seconds",
    "params",
    "macs",
    "layers",
    "resolution",
    "batch_size",
    "num_classes",
    "device",
]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("run nope", "unknown preset 'nope'"),
        ("run absent.toml", "No such file"),
        ("run quick --set search.evals=3", "unknown key 'search.evals'"),
        ("run quick --set search.evaluations=x", "search.evaluations"),
        ("run quick --import absent.py", "no such file"),
        ("run quick --set score.seed=99999999999999999999", "score.seed"),
        ("run quick --set seeds=[4294967296]", "seeds.0"),
        ("run quick --device tpu", "--device tpu: choose auto, cpu, cuda, cuda:N"),
        ("run cifar-small", "cifar10.*data root.*; name it with --data-root$"),
        ("run cifar-small --data-root /no/such/folder", "/no/such/folder"),
        ("score --space resnet --proxy zenn X", "unknown proxy 'zenn'"),
        ("score --space foo --proxy zen X", "unknown space 'foo'"),
        ("score --space resnet --proxy zen SuperConvK3BNRELU(3,8,1,1)X", "block 2 .*character 27"),
        (
            "score --space resnet --proxy zen --protocol mine SuperConvK3BNRELU(3,8,1,1)",
            "'--protocol': 'mine' is not one of 'published'",
        ),
        (
            "score --space mobilenet --proxy zen SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,8,1,8,1)",
            "not a block of space",
        ),
        ("inspect Foo", "architecture 'Foo'"),
        ("list things", "'things' is not one of 'proxies', 'spaces'"),
        ("report /no/such/folder", "no study here"),
        ("correlate --space resnet --proxy zen", "give --table, --study, or both"),
        ("correlate --space resnet --proxy zen --table /no/such.csv", "/no/such.csv"),
        ("check-proxy nope", "unknown proxy 'nope'"),
        ("train SuperConvK3BNRELU(3,8,1,1) --data mnist --recipe fast --out OUT", "unknown data set 'mnist'"),
        ("train SuperConvK3BNRELU(3,8,1,1) --data digits --recipe slow --out OUT", "unknown recipe 'slow'"),
        ("search --space resnet --proxy zen,flops --evaluations 5 --out OUT", "driven by one proxy"),
        ("search --space resnet --proxy zen --out OUT", "--evaluations"),
        ("search --space resnet --proxy zen --evaluations 0 --out OUT", "--evaluations"),
        ("frobnicate", "No such command"),
        ("run quick --executor pbs", "'pbs' is not one of 'local', 'ray', 'slurm'"),
        ("run quick --slurm partition=gpu", "--slurm: give --executor slurm"),
        ("run quick --ray-address auto", "--ray-address: give --executor ray"),
        ("run quick --set score.data=digits --set score.batch_size=2000", "batch size 2000 exceeds the 1297 images"),
        (
            "run quick --set score.data=digits --set score.batch_size=1000 --set proxies=['zen','zico']",
            "batch size 2000 exceeds the 1297 images",  # zico takes two batches, and is not the first
        ),
        ("run quick --set score.data=digits --set budget.num_classes=5", "'digits' has 10 classes"),
        ("run quick --set budget.params=1000", "correlation.samples: .*exceeds the budget of params"),
        ("check-proxy zen,flops", "name one proxy"),
        ("score --space resnet --proxy zen --limit inf SuperConvK3BNRELU(3,8,1,1)", "--limit"),
        ("run quick --bogus", "--bogus"),
    ],
)
def test_wrong_input_gets_one_line_and_exit_2(run, tmp_path: Path, arguments: str, message: str) -> None:
    import re

    words = [word.replace("OUT", str(tmp_path / "out")) for word in arguments.split()]
    if words[:1] == ["run"]:
        words += ["--out", str(tmp_path / "out"), "--workers", "1"]
    code, out, err = run(*words)
    assert code == 2
    assert out == ""
    lines = [line for line in err.splitlines() if not line.startswith("data set ")]
    assert len(lines) == 1
    assert re.search(message, lines[0])
    assert "Traceback" not in err


def test_score_prints_rows_that_repeat() -> None:
    """As a user does it: two architectures on stdin, here and in a process of its own."""
    score = ("score", "--space", "resnet", "--proxy", "zen,naswot_zen", "--json")
    text = "\n".join(TWO) + "\n"
    runs = zsbench(*score, stdin=text), zsbench_apart(*score, input=text)
    assert [run.returncode for run in runs] == [0, 0], runs[1].stderr
    first, second = ([json.loads(line) for line in run.stdout.splitlines()] for run in runs)
    assert len(first) == 4
    assert [(row["proxy"], row["architecture"]) for row in first] == [
        (p, a) for a in TWO for p in ("zen", "naswot_zen")
    ]
    for row in first:
        assert set(COLUMNS) <= row.keys()
        assert row["status"] == "ok"
    assert [row["value"] for row in first] == [row["value"] for row in second]


def test_a_proxy_that_draws_no_images_may_want_more_than_there_are(run) -> None:
    asked = ("--space", "resnet", "--proxy", "linear_regions", "--data", "digits", "--resolution", "8", "--json")
    code, out, _ = run("score", *asked, TWO[0])  # 3000 images of noise, beside 1297 digits
    assert (code, json.loads(out)["status"]) == (0, "ok")


def test_score_of_nothing_but_failures_exits_1(run, tmp_path: Path) -> None:
    path = tmp_path / "broken.py"
    path.write_text(
        "from zsbench import proxy\n@proxy('broken_alone')\ndef broken(network, batch):\n    'Fails.'\n    raise OSError('no')\n"
    )
    code, out, _ = run("score", "--space", "resnet", "--proxy", "broken_alone", "--import", str(path), "--json", TWO[0])
    assert code == 1
    assert json.loads(out)["reason"] == "OSError: no"


def test_search_prints_its_winner_and_resumes(run, tmp_path: Path) -> None:
    arguments = [
        *("search", "--space", "resnet", "--proxy", "flops", "--params", "1000000", "--layers", "18"),
        *("--evaluations", "200", "--population", "32", "--seed", "1", "--out", str(tmp_path), "--workers", "1"),
    ]
    code, first, _ = run(*arguments)
    assert code == 0
    winner = json.loads(first)
    assert set(winner) == {
        *("winner", "value", "params", "macs", "layers", "evaluations", "proposals", "rejected", "duplicates")
    }
    cost = space.cost(space.parse(winner["winner"]))
    assert (winner["params"], winner["macs"], winner["layers"]) == (cost.params, cost.macs, cost.layers)
    assert winner["params"] <= 1_000_000
    assert winner["proposals"] == 200 + winner["duplicates"] + sum(winner["rejected"].values())
    code, again, _ = run(*arguments)
    assert (code, again) == (0, first)


def test_a_search_without_a_winner_says_so(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zsbench.search.strategy.PATIENCE", 200)
    arguments = ("search", "--space", "resnet", "--proxy", "flops", "--params", "100", "--evaluations", "5")
    code, out, err = run(*arguments, "--out", str(tmp_path), "--workers", "1")
    assert code == 1
    winner = json.loads(out)
    assert (winner["winner"], winner["value"], winner["evaluations"]) == (None, None, 0)
    assert winner["rejected"] == {"params": 200}
    assert "no new candidate within the budget" in err
    size = space.cost(space.get("resnet").initial())
    assert f"the search starts from {size.params:,} parameters, {size.macs:,} multiply-adds" in err
    assert run("report", str(tmp_path))[1].startswith("| Proxy")


FAILING = """
from zsbench import proxy
@proxy("failing_alone", needs="architecture", deterministic=True)
def failing(architecture, setting):
    "Fails."
    raise OSError("no luck")
"""


def test_why_candidates_have_no_score_is_told(run, tmp_path: Path) -> None:
    path = tmp_path / "failing.py"
    path.write_text(FAILING)
    common = ("--space", "resnet", "--proxy", "failing_alone", "--import", str(path), "--workers", "1")
    code, out, err = run("search", *common, "--evaluations", "5", "--out", str(tmp_path / "out"))
    assert (code, json.loads(out)["winner"]) == (1, None)
    assert "5 scores failed with status error, for example: OSError: no luck" in err
    table = tmp_path / "table.csv"
    table.write_text("\n".join(["architecture,accuracy", *(f'"{text}",{i}' for i, text in enumerate(TWO))]))
    code, out, err = run("correlate", *common, "--table", str(table))
    assert "2 failed" in out
    assert "failing_alone: some scores failed with status error, for example: OSError: no luck" in err


def test_settings_that_were_refused_do_not_bind(run, tmp_path: Path) -> None:
    start = ("run", "quick", "--out", str(tmp_path / "out"), "--workers", "1")
    less = ("--set", "search.evaluations=0", "--set", "train.datasets=[]", "--set", "proxies=['params']")
    code, _, err = run(*start, *less, "--set", "budget.params=100")
    assert (code, "exceeds the budget of params" in err) == (2, True)
    assert run(*start, *less)[0] == 0
    code, _, err = run(*start, *less, "--set", "budget.params=100")
    assert (code, "budget.params is 30000, not 100" in err) == (2, True)


def test_inspect_and_list(run) -> None:
    code, out, _ = run("inspect", TWO[1], "--json", "--num-classes", "10")
    facts = json.loads(out)
    assert code == 0
    assert facts["params"] == space.cost(space.parse(TWO[1]), 32, 10).params
    assert [block["side"] for block in facts["blocks"]] == [32, 16, 16]
    assert run("inspect", TWO[1])[1].count("SuperResK1K3K1") == 2
    for what, name in (
        ("proxies", "zen"),
        ("spaces", "nasbench201"),
        ("spaces", "mobilenet"),
        ("datasets", "cifar10"),
        ("recipes", "fast"),
        ("presets", "quick"),
    ):
        code, out, _ = run("list", what, "--json")
        assert code == 0
        assert name in [json.loads(line)["name"] for line in out.splitlines()]
        assert name in run("list", what)[1]


def test_check_proxy(run, tmp_path: Path) -> None:
    code, out, _ = run("check-proxy", "zen")
    assert code == 0
    assert "FAILED" not in out
    path = tmp_path / "drift.py"
    path.write_text(
        "from zsbench import proxy\nseen = []\n@proxy('drifting')\ndef drifting(network, batch):\n    seen.append(1)\n    return len(seen)\n"
    )
    code, out, err = run("check-proxy", "drifting", "--import", str(path))
    assert code == 1
    assert "FAILED  equal arguments give an equal value" in out
    assert err == "drifting: 2 checks failed\n"


def test_correlate_with_a_table(run, tmp_path: Path) -> None:
    within = space.get("resnet")
    from random import Random

    architectures = [within.random(Random(seed)) for seed in range(12)]
    lines = ["architecture,accuracy", *(f'"{a}",{space.cost(a, residual=False).params / 1e6}' for a in architectures)]
    path = tmp_path / "truth.csv"
    path.write_text("\n".join(lines))
    code, out, _ = run(
        "correlate", "--space", "resnet", "--proxy", "params,random", "--table", str(path), "--workers", "1", "--json"
    )
    assert code == 0
    params, random = map(json.loads, out.splitlines())
    assert (params["n"], params["tau"], params["rho"]) == (12, pytest.approx(1), pytest.approx(1))
    assert params["dataset"] == "truth"
    assert abs(random["tau"]) < 0.7
    code, out, _ = run(
        "correlate",
        "--space",
        "resnet",
        "--proxy",
        "params",
        "--table",
        str(path),
        "--samples",
        "5",
        "--workers",
        "1",
        "--json",
    )
    assert json.loads(out)["n"] == 5
    path.write_text("architecture,acc\n")
    code, _, err = run("correlate", "--space", "resnet", "--proxy", "params", "--table", str(path))
    assert code == 2
    assert "no column 'accuracy'" in err


def test_published_winners_are_read(run) -> None:
    for row in golden("resnet")[:3]:
        code, out, _ = run("inspect", row["architecture"], "--json")
        assert code == 0
        assert json.loads(out)["params"] == row["params"]


def test_a_file_of_an_earlier_version_is_told_what_to_import(run, tmp_path: Path) -> None:
    path = tmp_path / "old.py"
    path.write_text("from proxies import proxy\n")
    code, _, err = run("check-proxy", "mine", "--import", str(path))
    assert (code, err.count("\n")) == (2, 1)
    assert "zsbench has it as `from zsbench import proxy`" in err

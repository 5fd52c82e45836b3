import json
import sys
from pathlib import Path

import pytest
from conftest import SHARED
from helpers import zsbench

import space
from bench import cli
from results import Store

TWO = [
    "SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,16,1,8,1)SuperConvK1BNRELU(16,32,1,1)",
    "SuperConvK3BNRELU(3,8,1,1)SuperResK1K3K1(8,16,2,8,1)SuperConvK1BNRELU(16,32,1,1)",
]
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


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a command in this process: exit code, stdout, stderr."""

    def call(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["zsbench", *arguments])
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("run nope", "unknown preset 'nope'"),
        ("run absent.toml", "No such file"),
        ("run quick --set search.evals=3", "unknown key 'search.evals'"),
        ("run quick --set search.evaluations=x", "search.evaluations"),
        ("run quick --import absent.py", "no such file"),
        ("run quick --device tpu", "--device tpu"),
        ("run cifar-small", "cifar10.*--data-root"),
        ("run cifar-small --data-root /no/such/folder", "/no/such/folder"),
        ("score --space resnet --proxy zenn X", "unknown proxy 'zenn'"),
        ("score --space foo --proxy zen X", "unknown space 'foo'"),
        ("score --space resnet --proxy zen SuperConvK3BNRELU(3,8,1,1)X", "block 2 .*character 27"),
        ("score --space resnet --proxy zen --protocol mine SuperConvK3BNRELU(3,8,1,1)", "--protocol mine"),
        (
            "score --space mobilenet --proxy zen SuperConvK3BNRELU(3,8,1,1)SuperResK3K3(8,8,1,8,1)",
            "not a block of space",
        ),
        ("inspect Foo", "architecture 'Foo'"),
        ("list things", "choose proxies, spaces"),
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
        ("", "Missing command"),
        ("run quick --executor pbs", "--executor pbs: choose local, ray or slurm"),
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
    """As a user does it: two architectures on stdin, twice, in processes of their own."""
    outputs = []
    for _ in range(2):
        done = zsbench("score", "--space", "resnet", "--proxy", "zen,naswot_zen", "--json", input="\n".join(TWO) + "\n")
        assert done.returncode == 0, done.stderr
        outputs.append([json.loads(line) for line in done.stdout.splitlines()])
    first, second = outputs
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
        "from proxies import proxy\n@proxy('broken_alone')\ndef broken(network, batch):\n    'Fails.'\n    raise OSError('no')\n"
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
    monkeypatch.setattr("search.strategy.PATIENCE", 200)
    arguments = ("search", "--space", "resnet", "--proxy", "flops", "--params", "100", "--evaluations", "5")
    code, out, err = run(*arguments, "--out", str(tmp_path), "--workers", "1")
    assert code == 1
    winner = json.loads(out)
    assert (winner["winner"], winner["value"], winner["evaluations"]) == (None, None, 0)
    assert winner["rejected"] == {"params": 200}
    assert "no new candidate within the budget" in err
    assert run("report", str(tmp_path))[1].startswith("| Proxy")


def test_train_prints_an_accuracy_row_and_resumes(run, tmp_path: Path) -> None:
    arguments = [
        "train",
        TWO[1],
        "--data",
        "digits",
        "--resolution",
        "8",
        "--recipe",
        "fast",
        "--epochs",
        "3",
        "--out",
        str(tmp_path),
    ]
    code, first, err = run(*arguments)
    assert code == 0
    assert "epoch 3" in err
    row = json.loads(first)
    assert row["status"] == "ok"
    assert row["accuracy"] > 50
    code, again, err = run(*arguments)
    assert code == 0
    assert "epoch" not in err, "a finished training is not run again"
    assert json.loads(again)["accuracy"] == row["accuracy"]
    code, other, _ = run(*[word if word != "8" else "12" for word in arguments])
    assert json.loads(other)["resolution"] == 12
    with Store(tmp_path / "results.sqlite", read_only=True) as store:
        assert sorted(store.trainings().resolution) == [8, 12]


def test_train_tells_that_another_result_of_the_same_training_is_kept(run, tmp_path: Path) -> None:
    arguments = ["train", TWO[1], "--data", "digits", "--resolution", "8", "--recipe", "fast", "--epochs", "1"]
    first = json.loads(run(*arguments, "--precision", "float32", "--out", str(tmp_path))[1])["accuracy"]
    code, out, err = run(*arguments, "--precision", "bfloat16", "--out", str(tmp_path))
    second = json.loads(out)["accuracy"]
    assert code == 0
    assert (f"of accuracy {first} %, and keeps that" in err) == (first != second)
    with Store(tmp_path / "results.sqlite", read_only=True) as store:
        assert store.trainings().accuracy.tolist() == [first]
    code, out, err = run("report", str(tmp_path))
    assert (code, out) == (2, "")
    assert "nothing to report" in err


def test_train_refuses_a_recipe_that_is_not_defined_for_a_cell(run, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "from dataclasses import replace\nimport train\n"
        'train.RECIPES["squeezed"] = replace(train.recipe("fast"), name="squeezed", squeeze=0.25)\n'
    )
    cell = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|"
    extra = ["--recipe", "squeezed", "--import", str(tmp_path / "mine.py"), "--out", str(tmp_path / "out")]
    code, _, err = run("train", cell, "--data", "digits", *extra)
    assert code == 2
    assert len(err.strip().splitlines()) == 1


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
        "from proxies import proxy\nseen = []\n@proxy('drifting')\ndef drifting(network, batch):\n    seen.append(1)\n    return len(seen)\n"
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
    code, out, _ = run("correlate", "--space", "resnet", "--proxy", "params,random", "--table", str(path), "--json")
    assert code == 0
    params, random = map(json.loads, out.splitlines())
    assert (params["n"], params["tau"], params["rho"]) == (12, pytest.approx(1), pytest.approx(1))
    assert params["dataset"] == "truth"
    assert abs(random["tau"]) < 0.7
    code, out, _ = run(
        "correlate", "--space", "resnet", "--proxy", "params", "--table", str(path), "--samples", "5", "--json"
    )
    assert json.loads(out)["n"] == 5
    path.write_text("architecture,acc\n")
    code, _, err = run("correlate", "--space", "resnet", "--proxy", "params", "--table", str(path))
    assert code == 2
    assert "no column 'accuracy'" in err


@pytest.mark.skipif(not SHARED.exists(), reason="the published winners are not here")
def test_published_winners_are_read(run) -> None:
    for row in json.loads((SHARED / "golden" / "resnet.json").read_text())[:3]:
        code, out, _ = run("inspect", row["architecture"], "--json")
        assert code == 0
        assert json.loads(out)["params"] == row["params"]


def test_a_trained_network_is_exported(run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    options = ["--data", "digits", "--recipe", "fast", "--epochs", "1", "--out", str(out)]
    code, line, _ = run("train", TWO[0], *options)
    assert code == 0
    (checkpoint,) = (out / "checkpoints").glob("*.pt")
    code, told, err = run("export", str(checkpoint), "--out", str(tmp_path / "winner.pt2"))
    assert code == 0
    assert str(tmp_path / "winner.pt2") in err
    about = json.loads(told)
    assert (about["architecture"], about["accuracy"]) == (TWO[0], json.loads(line)["accuracy"])
    assert (tmp_path / "winner.pt2").stat().st_size > 10_000
    for arguments, message in (
        (["--format", "tf", "--out", "x"], "--format tf: choose torch or onnx"),
        (["--out", str(tmp_path / "no" / "x")], "No such file or directory"),
    ):
        code, _, err = run("export", str(checkpoint), *arguments)
        assert (code, message in err, err.count("\n")) == (2, True, 1)
    code, _, err = run("export", str(tmp_path / "absent.pt"), "--out", "x")
    assert (code, "absent.pt" in err, err.count("\n")) == (2, True, 1)


def test_a_recipe_of_the_users_own_is_followed(run, tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "from dataclasses import replace\n"
        "import train\n"
        'train.RECIPES["mine"] = replace(train.recipe("fast"), name="mine", description="my own", epochs=1)\n'
    )
    options = ["--data", "digits", "--recipe", "mine", "--train-limit", "200", "--out", str(tmp_path / "out")]
    code, line, _ = run("train", TWO[0], *options, "--import", str(own))
    row = json.loads(line)
    assert (code, row["recipe"], row["epochs"]) == (0, "mine", 1)
    code, text, _ = run("list", "recipes", "--import", str(own))
    assert "my own" in text
    (tmp_path / "none.py").write_text("x = 1\n")
    code, _, err = run("list", "recipes", "--import", str(tmp_path / "none.py"))
    assert (code, "registers no proxy and adds no recipe" in err) == (2, True)


def test_two_recipes_are_compared_over_the_same_architectures(run, tmp_path: Path) -> None:
    wide = "SuperConvK3BNRELU(3,16,1,1)SuperResK3K3(16,32,2,16,1)SuperConvK1BNRELU(32,64,1,1)"
    for recipe in ("fast", "fast-5"):
        for text in (*TWO, wide):
            options = ["--data", "digits", "--recipe", recipe, "--epochs", "1", "--out", str(tmp_path / recipe)]
            assert run("train", text, *options)[0] == 0
    folders = [str(tmp_path / recipe) for recipe in ("fast", "fast-5")]
    code, out, _ = run("agreement", *folders, "--json")
    row = json.loads(out)
    assert (code, row["n"], {row["cheaper"], row["dearer"]}) == (0, 3, {"fast", "fast-5"})
    code, out, _ = run("agreement", *folders)
    assert out.startswith("digits: fast")
    code, _, err = run("agreement", folders[0])
    assert (code, "no data set was trained on in two ways" in err) == (2, True)
    assert run("agreement", str(tmp_path))[0] == 2
    other, apart = wide.replace("32,64,1,1", "32,48,1,1"), str(tmp_path / "apart")
    assert run("train", other, "--data", "digits", "--recipe", "fast-30", "--epochs", "1", "--out", apart)[0] == 0
    assert "no architecture was trained both ways" in run("agreement", folders[0], apart)[1]


def test_a_recipe_that_cannot_be_followed_ends_a_study_in_one_line(run, tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "from dataclasses import replace\n"
        "import train\n"
        'train.RECIPES["taught"] = replace(train.recipe("fast"), name="taught", teacher="nonsense")\n'
    )
    settings = ["proxies=['params']", "search.evaluations=0", "correlation.samples=3", "train.recipe=taught"]
    options = [part for setting in settings for part in ("--set", setting)]
    command = ["run", "quick", "--import", str(own), "--workers", "1", "--out", str(tmp_path / "out")]
    code, _, err = run(*command, *options)
    assert (code, "nonsense" in err.splitlines()[-1]) == (2, True)
    own.write_text(own.read_text().replace('"nonsense"', "None"))
    code, _, err = run(*command, *options)
    assert (code, "recipe 'taught': its content is not what this study began with" in err) == (2, True)

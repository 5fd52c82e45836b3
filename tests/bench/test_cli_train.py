"""`train`, `export` and `agreement` on the command line."""

import json
from pathlib import Path

from helpers import TWO
from zsbench.results import Store


def own_recipe(path: Path, name: str, changes: str) -> str:
    """A user's file with a recipe that is `fast` with changes; its path as an argument."""
    recipe = f'replace(train.recipe("fast"), name="{name}", {changes})'
    path.write_text(f'from dataclasses import replace\nfrom zsbench import train\ntrain.RECIPES["{name}"] = {recipe}\n')
    return str(path)


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
    own = own_recipe(tmp_path / "own.py", "squeezed", "squeeze=0.25")
    cell = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|none~0|none~1|skip_connect~2|"
    extra = ["--recipe", "squeezed", "--import", own, "--out", str(tmp_path / "out")]
    code, _, err = run("train", cell, "--data", "digits", *extra)
    assert code == 2
    assert len(err.strip().splitlines()) == 1


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
        (["--format", "tf", "--out", "x"], "'tf' is not one of 'torch', 'onnx'"),
        (["--out", str(tmp_path / "no" / "x")], "No such file or directory"),
    ):
        code, _, err = run("export", str(checkpoint), *arguments)
        assert (code, message in err, err.count("\n")) == (2, True, 1)
    code, _, err = run("export", str(tmp_path / "absent.pt"), "--out", "x")
    assert (code, "absent.pt" in err, err.count("\n")) == (2, True, 1)


def test_a_recipe_of_the_users_own_is_followed(run, tmp_path: Path) -> None:
    own = own_recipe(tmp_path / "own.py", "mine", 'description="my own", epochs=1')
    options = ["--data", "digits", "--recipe", "mine", "--train-limit", "200", "--out", str(tmp_path / "out")]
    code, line, _ = run("train", TWO[0], *options, "--import", own)
    row = json.loads(line)
    assert (code, row["recipe"], row["epochs"]) == (0, "mine", 1)
    code, text, _ = run("list", "recipes", "--import", own)
    assert "my own" in text
    (tmp_path / "none.py").write_text("x = 1\n")
    code, _, err = run("list", "recipes", "--import", str(tmp_path / "none.py"))
    assert (code, "registers no proxy, and adds no space and no recipe" in err) == (2, True)


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
    own = own_recipe(tmp_path / "own.py", "taught", 'teacher="nonsense"')
    settings = ["proxies=['params']", "search.evaluations=0", "correlation.samples=3", "train.recipe=taught"]
    options = [part for setting in settings for part in ("--set", setting)]
    command = ["run", "quick", "--import", own, "--workers", "1", "--out", str(tmp_path / "out")]
    code, _, err = run(*command, *options)
    assert (code, "nonsense" in err.splitlines()[-1]) == (2, True)
    own_recipe(tmp_path / "own.py", "taught", "teacher=None")
    code, _, err = run(*command, *options)
    assert (code, "recipe 'taught': the file has changed since this study started" in err) == (2, True)

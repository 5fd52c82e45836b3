"""What `zsbench` says about its commands: lists, help, versions."""

import inspect
import re
import shlex
import subprocess
import sys
from importlib import import_module

import pytest
import typer
from zsbench import proxies
from zsbench.bench.cli import app
from zsbench.bench.command_list import COMMANDS

PARSERS = typer.main.get_command(app).commands  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", COMMANDS)
def test_a_summary_is_the_first_line_of_its_functions_docstring(name: str) -> None:
    file, _, function = COMMANDS[name].function.partition(":")
    described = inspect.getdoc(getattr(import_module(f"zsbench.bench.commands.{file}"), function))
    assert (described or "").splitlines()[0].startswith(COMMANDS[name].summary)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_a_command_are_in_its_help_and_use_options_that_it_has(run, name: str) -> None:
    code, out, _ = run(name, "--help")
    assert code == 0
    known = {option for parameter in PARSERS[name].params for option in parameter.opts}
    for example in COMMANDS[name].examples:
        assert f"    {example}\n" in out
        assert {word for word in shlex.split(example) if word.startswith("--")} <= known


@pytest.mark.parametrize("arguments", [("--help",), ("--version",), (), ("lst",)])
def test_what_needs_no_command_does_not_import_torch(arguments: tuple[str, ...]) -> None:
    script = (
        "import sys\nfrom zsbench.bench.__main__ import main\n"
        f"sys.argv = ['zsbench', *{list(arguments)!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    print('torch' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False False"


def test_without_a_command_all_are_listed(run) -> None:
    code, out, err = run()
    assert code == 2
    assert [
        name for name, entry in COMMANDS.items() if not re.search(rf"^  {name} +{entry.summary[:20]}", out, re.M)
    ] == []
    assert err == "zsbench: Missing command: name one of those above, for example `zsbench run quick`\n"


def test_run_without_a_preset_lists_the_presets(run) -> None:
    code, out, err = run("run")
    assert (code, err) == (2, "zsbench: run: name one of these presets, or a .toml file\n")
    assert {"quick", "cifar-small", "nasbench201"} <= {line.split()[0] for line in out.splitlines()}


def test_list_without_a_name_says_what_it_lists(run) -> None:
    code, out, err = run("list")
    assert (code, err) == (2, "zsbench: list: name one of these, for example `zsbench list proxies`\n")
    known = ["proxies", "spaces", "datasets", "recipes", "presets", "tables"]
    assert [line.split()[0] for line in out.splitlines()] == known


def test_the_version_is_printed(run) -> None:
    code, out, _ = run("--version")
    assert code == 0
    assert re.fullmatch(r"zsbench \S+ \(Python \S+, PyTorch \S+\)\n", out)


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        ("lst", "'list'"),
        ("run quik", "'quick'"),
        ("run quick --set search.evals=3", "'search.evaluations'"),
        ("run quick --set serch.lag=3", "'search'"),
        ("run quick --set search.strategies=['evoluton']", "'evolution'"),
        ("check-proxy nawsot", "'naswot'"),
        ("score --space resnt --proxy zen X", "'resnet'"),
        ("score --space resnet --proxy znen X", "'zen'"),
        ("score --space resnet --proxy zen --data cifr10 X", "'cifar10'"),
        ("search --space resnet --proxy zen --strategy regularised --evaluations 1 --out X", "'regularized'"),
        ("train SuperConvK3BNRELU(3,8,1,1) --data digits --recipe fsat --out OUT", "'fast'"),
        ("train SuperConvK3BNRELU(3,8,1,1) --data digts --recipe fast --out OUT", "'digits'"),
    ],
)
def test_a_slip_is_answered_with_the_name_that_was_meant(run, tmp_path, arguments: str, suggestion: str) -> None:
    code, out, err = run(*arguments.replace("OUT", str(tmp_path)).split())
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert re.search(f"did you mean {suggestion}", err, re.IGNORECASE)


def test_help_shows_the_choices_in_brackets(run) -> None:
    _, out, _ = run("search", "--help")
    for choices in ("[resnet|mobilenet|nasbench201|nasbench_macro]", "[evolution|regularized|random|local]"):
        assert choices in out
    assert f"[{'|'.join(proxies.PROTOCOLS)}]" in out
    _, out, _ = run("train", "--help")
    assert "[digits|cifar10|cifar100|imagefolder|imagenet]" in out
    assert "[auto|float32|bfloat16]" in out

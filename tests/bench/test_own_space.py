"""A user's space in commands and studies: the file that docs/own-space.md shows."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from zsbench import space

Run = Callable[..., tuple[int, str, str]]
PAGE = Path(__file__).parents[2] / "docs/own-space.md"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The file of the page; the space is forgotten after the test."""
    monkeypatch.setattr("zsbench.space.spaces.SPACES", dict(space.SPACES))
    monkeypatch.setattr("zsbench.space.SPACES", space.spaces.SPACES)
    code = re.search(r"```python\n(# my_space.py\n.*?)```", PAGE.read_text(), re.DOTALL)
    assert code is not None
    assert len(code[1].splitlines()) <= 60
    path = tmp_path / "my_space.py"
    path.write_text(code[1])
    return str(path)


SEARCH = (
    "search",
    "--space",
    "mine",
    "--proxy",
    "zen",
    "--params",
    "100000",
    "--evaluations",
    "20",
    "--batch-size",
    "4",
)


def test_it_is_searched_under_a_parameter_budget(file: str, run: Run, tmp_path: Path) -> None:
    code, out, err = run(*SEARCH, "--import", file, "--out", str(tmp_path / "one"), "--workers", "1")
    assert code == 0, err
    winner = json.loads(out)
    assert winner["evaluations"] == 20
    architecture = space.parse(winner["winner"])
    network = space.build(architecture, 10)
    assert winner["params"] == sum(p.numel() for p in network.parameters()) <= 100_000
    again = run(*SEARCH, "--import", file, "--out", str(tmp_path / "two"), "--workers", "2")
    assert json.loads(again[1]) == winner


def test_a_study_has_searches_trainings_and_a_report(file: str, run: Run, tmp_path: Path) -> None:
    settings = {
        "proxies": "['zen','params']",
        "space.name": "mine",
        "search.evaluations": 6,
        "search.population": 4,
        "budget.params": 20000,
        "score.batch_size": 4,
        "correlation.samples": 0,  # a sample takes thousands of costs
        "correlation.top": 3,
        "correlation.repeats": 1,
        "train.epochs": 1,
        "train.train_limit": 64,
        "seeds": "[0]",
    }
    given = [part for key, value in settings.items() for part in ("--set", f"{key}={value}")]
    study = tmp_path / "study"
    code, _, err = run("run", "quick", *given, "--import", file, "--out", str(study), "--workers", "1")
    assert code == 0, err
    assert (study / "report/index.html").is_file()
    assert "mine:" in (study / "report/rows/searches.csv").read_text()
    assert ",error," not in (study / "report/rows/trainings.csv").read_text()
    assert ",error," not in (study / "report/rows/scores.csv").read_text()

    with Path(file).open("a") as edited:
        edited.write("# edited\n")
    code, _, err = run("run", "quick", *given, "--import", file, "--out", str(study), "--workers", "1")
    assert code == 2
    assert "space 'mine': the file has changed since this study started" in err


def test_scores_and_facts_of_one_architecture(file: str, run: Run) -> None:
    text = "mine:((16, 2, 3), (32, 2, 3), (64, 1, 5))"
    code, out, err = run("score", "--space", "mine", "--proxy", "synflow,az_nas", "--import", file, "--json", text)
    assert code == 0, err
    first, second = map(json.loads, out.splitlines())
    assert first["status"] == "ok"
    assert first["architecture"] == text
    assert second["status"] == "error"
    assert "its blocks are not known" in second["reason"]
    code, out, err = run("inspect", text, "--import", file, "--json")
    assert code == 0, err
    assert json.loads(out)["params"] == first["params"]
    code, out, _ = run("list", "spaces", "--import", file)
    assert "mine" in out


def test_a_fault_of_the_file_is_one_line(file: str, run: Run, tmp_path: Path) -> None:
    Path(file).write_text(Path(file).read_text().replace("place = rng.randrange(3)", "place = nothing"))
    code, _, err = run(*SEARCH, "--import", file, "--out", str(tmp_path / "out"), "--workers", "1")
    assert code == 2
    assert re.search(r"space 'mine': mutate: NameError: .*my_space.py:\d+", err)
    assert "Traceback" not in err

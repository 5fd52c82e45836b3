"""What README and docs/ point to is there: files, headings, commands and their options, settings."""

import re
import shlex
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import click
import pytest
import typer
from pydantic import BaseModel
from zsbench.bench.cli import app
from zsbench.bench.commands.study import config

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").glob("*.md"))]
ROOMS = r"(?:bench|docs|proxies|reports|results|search|space|tests|train)"
COMMANDS: dict[str, click.Command] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def prose(page: Path) -> str:
    """A page without its code."""
    return re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)


def anchors(page: Path) -> set[str]:
    """The names by which GitHub links to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: Path) -> Iterator[str]:
    """The links of a page to files or headings that are not there."""
    for link in re.findall(r"(?:\]\(|src=\")([^)\"\s]+)", prose(page)):
        target, _, anchor = link.partition("#")
        if "://" in link:
            continue
        file = (page.parent / target).resolve() if target else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            yield link


def commands(page: Path) -> Iterator[list[str]]:
    """The words of each `zsbench …` in the code of a page, shell comments left out."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.DOTALL | re.MULTILINE)
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += [" ".join(quoted.split()) for quoted in re.findall(r"`(zsbench [^`]+)`", prose(page))]
    for line in lines:
        found = re.search(r"\bzsbench (\S.*)", line)
        if found:
            yield shlex.split(found[1], comments=True)


def unknown(words: list[str]) -> Iterator[str]:
    """The command, or those of its options, that `zsbench` does not know."""
    name, *rest = words
    if name == "--version":  # the one option of `zsbench` itself
        return
    if name not in COMMANDS:
        yield name
        return
    known = {option for parameter in COMMANDS[name].params for option in parameter.opts}
    yield from (f"{name} {word}" for word in rest if word.startswith("--") and word.partition("=")[0] not in known)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_links_to_is_there(page: Path) -> None:
    assert list(broken_links(page)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_zsbench_knows_every_command_and_option_that_a_page_names(page: Path) -> None:
    assert [problem for words in commands(page) for problem in unknown(words)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_study_takes_every_setting_that_a_page_sets(page: Path) -> None:
    placeholders = {"=N": "=1", "=RECIPE": "=fast"}
    for words in commands(page):
        if words[0] == "run" and set(words[1:2]) & config.presets().keys():
            values = [value for option, value in pairwise(words) if option == "--set"]
            config.load(
                words[1], [re.sub("=(N|RECIPE)$", lambda match: placeholders[match[0]], value) for value in values]
            )


def test_the_page_of_studies_names_every_setting() -> None:
    section = (ROOT / "docs" / "studies.md").read_text().split("## Settings")[1].split("\n## ")[0]
    told = {name.rpartition(".")[2] for name in re.findall(r"`([\w.]+)`", section)}
    assert told >= set(settings(config.StudyConfig)) - {"name", "description", "sources"}


def settings(model: type[BaseModel]) -> Iterator[str]:
    """The last parts of the names of all settings."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from settings(inner)
        else:
            yield {"overrides": "PROXY", "combinations": "NAME"}.get(name, name)


def test_every_file_that_the_page_of_the_architecture_names_exists() -> None:
    named = re.findall(rf"`({ROOMS}/[\w/.]*)`", (ROOT / "docs" / "architecture.md").read_text())
    assert [path for path in named if "NAME" not in path and not (ROOT / path).exists()] == []


def test_a_page_that_is_wrong_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        '# One\n\n[a](none.md) [b](#two) [c](#one) <img src="d.png">\n\n```sh\nzsbench run quick --fast  # --slow\nzsbench fly\n```\n'
    )
    assert list(broken_links(page)) == ["none.md", "#two", "d.png"]
    assert [problem for words in commands(page) for problem in unknown(words)] == ["run --fast", "fly"]


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().splitlines()) <= 150

import io
import os
import re
import subprocess
import sys
from collections import deque
from pathlib import Path

import pytest
from conftest import zsbench
from helpers import PATIENCE
from rich.console import Console
from synthetic_study import score_row, structure
from watched_study import FACTS, study
from zsbench.bench.commands import watch
from zsbench.results import DATABASE, Store, Tally, facts, write_rows


def drawn(folder: Path, looks: deque) -> str:
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(watch.shown(folder, looks))
    return console.export_text()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    study(tmp_path / DATABASE, replicates=4).close()
    return tmp_path


def test_a_finished_study_is_shown_and_left_at_once(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(("-shm", "-wal"))}
    done = zsbench("watch", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "made up: done" in done.stdout
    assert re.search(r"searches +6 of 6", done.stdout)
    assert re.search(r"trainings +26 of 26", done.stdout)
    assert "failures: none" in done.stdout
    after = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(("-shm", "-wal"))}
    assert after == before


def test_rows_alone_are_shown_once(folder: Path, tmp_path: Path) -> None:
    with Store(folder / DATABASE) as store:
        facts.write(store, {facts.SEARCH: FACTS[facts.SEARCH] | {"seeds": [0, 1, 2]}})
        write_rows(store, tmp_path / "kept" / "report" / "rows")
    done = zsbench("watch", tmp_path / "kept")
    assert done.returncode == 0
    assert "not finished, and no process of this machine works on it" in done.stdout
    assert "next searches: zen, evolution, seed 2" in done.stdout


def test_a_study_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "none"):
        done = zsbench("watch", place, "--once")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.count("\n") == 1
        assert "no study here" in done.stderr


def test_it_follows_a_study_to_its_end_while_another_connection_writes(folder: Path) -> None:
    with Store(folder / DATABASE) as store:
        facts.write(store, {facts.SEARCH: FACTS[facts.SEARCH] | {"seeds": [0, 1, 2]}})
        watching = subprocess.Popen(
            [sys.executable, "-m", "zsbench", "watch", str(folder), "--every", "0.1"],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert watching.stdout is not None
        assert "not finished" in watching.stdout.readline()
        facts.write(store, {facts.SEARCH: FACTS[facts.SEARCH]})
        rest, _ = watching.communicate(timeout=PATIENCE)
    assert watching.returncode == 0
    assert "made up: done" in rest


def test_rates_and_the_time_left_come_from_earlier_looks(folder: Path) -> None:
    with Store(folder / DATABASE) as store:
        facts.write(store, {facts.SEARCH: FACTS[facts.SEARCH] | {"seeds": [0, 1, 2]}})
        tally = Tally(store)
        looks = deque([(0.0, tally.look())])
        assert "left" not in drawn(folder, looks)
        store.add_scores(score_row("zen", structure(5000 + n), float(n), 1000) for n in range(50))
        looks.append((10.0, tally.look()))
        text = drawn(folder, looks)
    assert "(300 rows per minute)" in text
    assert "at most 10 min 00 s left at this rate" in text  # three searches of a thousand, five scores a second


def test_who_works_on_it_is_told(folder: Path) -> None:
    assert watch.worker(folder) is None
    (folder / ".lock.pid").write_text(f"{os.getpid()}\n")
    assert watch.worker(folder) == os.getpid()
    with Store(folder / DATABASE, read_only=True) as store:
        assert f"running, process {os.getpid()}" in drawn(folder, deque([(0.0, Tally(store).look())]))
    gone = subprocess.Popen(["true"])
    gone.wait()
    for text in (str(gone.pid), "", "nobody", "9" * 40):
        (folder / ".lock.pid").write_text(text)
        assert watch.worker(folder) is None


def test_names_steer_no_terminal(folder: Path) -> None:
    with Store(folder / DATABASE) as store:
        store.add_proxies([{"proxy": "\x1b[2J[red]x", "higher_is_better": True, "deterministic": True}])
        facts.write(store, {facts.NAME: "\x1b]0;gone\x07[bold]y"})
        text = drawn(folder, deque([(0.0, Tally(store).look())]))
    assert "�[2J[red]x" in text
    assert "�]0;gone�[bold]y" in text

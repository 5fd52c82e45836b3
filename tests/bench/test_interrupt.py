"""Ctrl-C, which a terminal sends to a command and to its workers at once."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from helpers import PATIENCE, count, wait_until

SAID = "zsbench: interrupted"
OTHERS = ("data set", "search", "score", "train", "import time:")

# Whether a phase has begun, by what the process has said, a line for each import, and by its folder.
PHASES: dict[str, Callable[[str, Path], bool]] = {
    "imports": lambda said, folder: said.count(" numpy\n") >= 1,
    "workers start": lambda said, folder: said.count(" numpy\n") >= 2,
    "the study runs": lambda said, folder: count(folder, "scores") > 0,
}


def listens_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what runs in the background does not, nor what that starts


@pytest.mark.parametrize("phase", PHASES)
def test_it_ends_a_study_with_one_line(tmp_path: Path, phase: str) -> None:
    folder, log = tmp_path / "study", tmp_path / "stderr.txt"
    python, study = (sys.executable, "-X", "importtime"), ("--set", "proxies=['zen']", "--out", str(folder))
    command = [*python, "-m", "zsbench", "run", "quick", "--workers", "2", *study]
    with log.open("w") as stderr:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=stderr, start_new_session=True, preexec_fn=listens_to_ctrl_c
        )
    try:
        wait_until(lambda: PHASES[phase](log.read_text(), folder))
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=PATIENCE)  # until the workers have ended too
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    said = log.read_text()
    lines = [line for line in said.splitlines() if not line.startswith(OTHERS)]
    # By the signal where it met code that Python had from a string, as a dataclass's: Python then insists on it.
    assert process.returncode in (130, -signal.SIGINT), said
    assert len(lines) == 1, said
    assert lines[0].startswith(SAID)

"""Ctrl-C, which a terminal sends to a command and to its workers at once."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

SAID = "zsbench: interrupted"


def listens_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # what runs in the background does not, nor what that starts


@pytest.mark.parametrize("after", [1.2, 3.0, 4.5, 6.0])  # seconds: imports, workers start, the study runs
def test_it_ends_a_study_with_one_line(tmp_path: Path, after: float) -> None:
    command = [sys.executable, "-m", "zsbench", "run", "quick", "--workers", "2", "--out", str(tmp_path / "study")]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=listens_to_ctrl_c
    )
    try:
        time.sleep(after)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=60)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    lines = [line for line in said.splitlines() if not line.startswith(("data set", "search", "score", "train"))]
    # By the signal where it met code that Python had from a string, as a dataclass's: Python then insists on it.
    assert process.returncode in (130, -signal.SIGINT), said
    assert len(lines) == 1, said
    assert lines[0].startswith(SAID)

"""Trainings that are ended from outside: SIGTERM saves them, SIGKILL costs an epoch, and both go on as if undisturbed."""

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import zsbench
from helpers import PATIENCE
from zsbench import train
from zsbench.bench.executors.termination import until_terminated

ARCHITECTURE = "SuperConvK3BNRELU(3,8,2,1)SuperResK3K3(8,8,2,8,1)SuperConvK1BNRELU(8,32,1,1)"
EPOCHS = 25
MOMENT = 0.2  # seconds after an epoch has ended, at most, when it is ended: one of the next few epochs


def arguments(out: Path) -> list[str]:
    return ["train", ARCHITECTURE, "--data", "digits", "--recipe", "fast", "--epochs", str(EPOCHS), "--out", str(out)]


def checkpoint(out: Path) -> Path:
    (path,) = (out / "checkpoints").glob("*.pt")
    return path


def weights(out: Path) -> dict[str, torch.Tensor]:
    return torch.load(checkpoint(out), weights_only=True)["model"]


def ended(out: Path, by: signal.Signals, after: float) -> str:
    """Start it, end it so many seconds after the next epoch; what it said then."""
    process = subprocess.Popen([sys.executable, "-m", "zsbench", *arguments(out)], stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("epoch"):
            break
    time.sleep(after)
    process.send_signal(by)
    _, said = process.communicate(timeout=PATIENCE)
    assert process.returncode == -by, said
    return said


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, torch.Tensor], Any]:
    out = tmp_path_factory.mktemp("calm")
    done = zsbench(*arguments(out))
    assert done.returncode == 0, done.stderr
    return weights(out), json.loads(done.stdout)["accuracy"]


def goes_on(out: Path, calm: tuple[dict[str, torch.Tensor], Any]) -> None:
    done = zsbench(*arguments(out))
    assert done.returncode == 0, done.stderr
    assert "epoch 1:" not in done.stderr
    assert json.loads(done.stdout)["accuracy"] == calm[1]
    assert weights(out).keys() == calm[0].keys()
    for name, value in weights(out).items():
        assert value.numpy().tobytes() == calm[0][name].numpy().tobytes(), name


def test_sigterm_saves_in_the_middle_of_an_epoch(tmp_path: Path, calm: tuple[dict[str, torch.Tensor], Any]) -> None:
    moments = random.Random(1)
    steps = []
    while not any(steps) and len(steps) < 10:  # a moment may be between two epochs
        said = ended(tmp_path, signal.SIGTERM, moments.uniform(0, MOMENT))
        assert "terminated; the training is saved" in said
        steps.append(torch.load(checkpoint(tmp_path), weights_only=True)["progress"]["step"])
    assert any(steps)
    goes_on(tmp_path, calm)


WORKER = """
import sys, time
from pathlib import Path
from zsbench.bench.jobs import TrainJob
from zsbench.bench.executors.pool import WorkerPool
from zsbench.bench.executors.worker import WorkerSetup

if __name__ == "__main__":
    architecture, out = sys.argv[1:]
    job = TrainJob(architecture, "digits", "fast", 100_000, 0, "cpu", checkpoint=out)
    with WorkerPool(1, WorkerSetup(threads=1)) as pool:
        pool.submit(job.run)
        while not Path(out).exists():
            time.sleep(0.01)
        print("under way", flush=True)
        time.sleep(600)
"""


def test_sigterm_to_a_study_reaches_the_trainings_of_its_workers(tmp_path: Path) -> None:
    script, out = tmp_path / "study.py", tmp_path / "a.pt"
    script.write_text(WORKER)
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    study = subprocess.Popen([sys.executable, str(script), ARCHITECTURE, str(out)], text=True, **streams)
    assert study.stdout is not None
    assert study.stdout.readline() == "under way\n"
    study.send_signal(signal.SIGTERM)
    _, said = study.communicate(timeout=PATIENCE)  # until the worker has ended too
    assert "terminated; the training is saved" in said


def test_a_training_that_stops_with_its_group_ends_the_process(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, until_terminated():
        raise train.Stopped
    assert ended.value.code == 128 + signal.SIGTERM
    assert "the training is saved" in capsys.readouterr().err


def test_a_kill_costs_at_most_an_epoch(tmp_path: Path, calm: tuple[dict[str, torch.Tensor], Any]) -> None:
    ended(tmp_path, signal.SIGKILL, random.Random(2).uniform(0, MOMENT))
    goes_on(tmp_path, calm)

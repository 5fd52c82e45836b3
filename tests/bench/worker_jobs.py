"""Jobs that tests hand to worker processes, in a file of their own: a worker imports the file of its job."""

import os
import signal
import threading
import time
from pathlib import Path

import torch
from zsbench.bench.jobs import TrainJob


def first_time_only(marker: str, value: int) -> int:
    """A job that says who runs it and then never ends; the second time it ends at once."""
    path = Path(marker)
    if path.exists():
        return value
    partial = path.with_suffix(".partial")
    partial.write_text(str(os.getpid()))
    partial.rename(path)
    time.sleep(3600)
    return -1


def forks_and_dies(path: str) -> None:
    """A job whose worker leaves a process behind that holds all that it had open; `path` then has its id."""
    child = os.fork()
    if child == 0:
        time.sleep(3600)
        os._exit(0)
    Path(path).write_text(str(child))
    os.kill(os.getpid(), signal.SIGKILL)


class UnpicklableError(Exception):
    def __init__(self) -> None:
        super().__init__("it holds a lock")
        self.lock = threading.Lock()


class UnreadableError(Exception):
    def __init__(self) -> None:
        super().__init__("more than its class takes")


def fail(kind: type[Exception]) -> None:
    raise kind


def environment(folder: str, jobs: int) -> tuple[int, str | None, int]:
    """What a worker has; it waits until `jobs` workers do this at a time, so that no worker takes two."""
    (Path(folder) / str(os.getpid())).touch()
    while len(list(Path(folder).iterdir())) < jobs:
        time.sleep(0.01)
    return os.getpid(), os.environ.get("CUDA_VISIBLE_DEVICES"), torch.get_num_threads()


class DeadlyTraining(TrainJob):
    def run(self, on_epoch: object = None) -> None:  # type: ignore[override]
        os._exit(9)

"""Checkpoints: a crash at any moment leaves a whole one, and reading one runs no code of the file."""

import contextlib
import glob
import logging
import os
import pickle
import socket
import zipfile
from pathlib import Path
from typing import Any, TypedDict, cast, get_type_hints

import torch

BROKEN_FILE_ERRORS = (zipfile.BadZipFile, pickle.UnpicklingError)
logger = logging.getLogger(__name__)


class Weights(TypedDict):
    """Everything that training changes."""

    model: dict[str, Any]
    optimiser: dict[str, Any]
    distillation: dict[str, Any]  # projections of features; empty without a teacher


class State(Weights):
    """What a training needs to continue, and what others need to use its network.

    It holds no state of a generator: all draws derive from the numbers of epochs and steps done.
    """

    fingerprint: dict[str, Any]  # `TrainingPlan.fingerprint`
    network: dict[str, Any]  # `TrainingPlan.network`, from which it is built again
    preprocessing: dict[str, Any]  # `TrainingPlan.preprocessing`
    history: list[dict[str, Any]]  # the fields of each `Epoch`
    progress: dict[str, Any]  # within the next epoch: the fields of `Progress`
    device: str  # where it ran, for the record
    precision: str  # float32 or bfloat16, in which it continues


class RejectedError(Exception):
    """A checkpoint that cannot be used; the message says why."""


class ForeignError(RejectedError):
    """An undamaged checkpoint of another training."""


def previous_path(path: Path) -> Path:
    """The file of the last checkpoint but one."""
    return path.with_name(path.name + ".previous")


def save(path: Path, state: State) -> None:
    """Write a checkpoint, keeping the one before as `previous(path)`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # A name for this process only: a job that was given up may still run on another machine and save the same training.
    partial = path.with_name(f"{path.name}.{socket.gethostname()}-{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):  # it is the first
            os.replace(path, previous_path(path))
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def load(path: Path, fingerprint: dict[str, Any]) -> State | None:
    """Load the newest usable checkpoint of the training with this fingerprint, on the CPU; None if there is none.

    A checkpoint that is damaged or of another training is skipped with a warning. The latter is kept under another
    name, since it may hold days of work. Half-written files of killed processes are removed.
    """
    for partial in path.parent.glob(glob.escape(path.name) + ".*partial"):
        # If its process still runs, its save fails: two processes should not run the same training.
        partial.unlink(missing_ok=True)
    for candidate in (path, previous_path(path)):
        if not candidate.exists():
            continue
        try:
            return _read(candidate, fingerprint)
        except ForeignError as error:
            aside = candidate.with_name(candidate.name + ".other")
            with contextlib.suppress(FileNotFoundError):  # another process was faster
                os.replace(candidate, aside)
            logger.warning("checkpoint %s is not used, but kept as %s: %s", candidate, aside.name, error)
        except RejectedError as error:
            logger.warning("checkpoint %s is not used: %s", candidate, error)
    return None


def read(path: Path) -> State:
    """Read a checkpoint file, on the CPU; RejectedError says what is wrong with it."""
    try:
        with zipfile.ZipFile(path) as archive:
            whole = archive.testzip() is None  # torch writes checksums but does not check them when it reads
        if not whole:
            raise RejectedError("it is damaged: a checksum differs")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, PermissionError) as error:
        raise RejectedError(f"it cannot be read: {error.strerror}") from None
    # zipfile and torch raise these for a file that is cut, overwritten or of another kind.
    except (OSError, RuntimeError, ValueError, LookupError, EOFError, TypeError, *BROKEN_FILE_ERRORS):
        raise RejectedError("it is damaged, or it is not a checkpoint") from None
    if not isinstance(state, dict) or state.keys() != get_type_hints(State).keys():
        raise RejectedError("it is not a checkpoint of this program")
    return cast(State, state)


def _read(path: Path, fingerprint: dict[str, Any]) -> State:
    state = read(path)
    saved = state["fingerprint"]
    if saved != fingerprint:
        differing = [key for key in fingerprint if not isinstance(saved, dict) or saved.get(key) != fingerprint[key]]
        raise ForeignError(f"it belongs to another training ({', '.join(differing) or 'more settings'} differ)")
    return state

"""Checkpoints: written so that a crash at any moment leaves a whole one, read without trusting what is in the file."""

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

BROKEN = (zipfile.BadZipFile, pickle.UnpicklingError)
logger = logging.getLogger(__name__)


class Weights(TypedDict):
    """What training changes."""

    model: dict[str, Any]
    optimiser: dict[str, Any]
    distillation: dict[str, Any]  # projections of features; empty without a teacher


class State(Weights):
    """What a training needs to go on, and what others need to use its network.

    Random state and position in the data's order are the numbers of epochs and steps: all draws derive from these.
    """

    fingerprint: dict[str, Any]  # of the training: plain values, equal only for the same training
    network: dict[str, Any]  # arguments of `space.build`, the architecture as text
    preprocessing: dict[str, Any]  # what an image goes through before: `Job.preprocessing`
    history: list[dict[str, Any]]  # the fields of each `Epoch`
    progress: dict[str, Any]  # of the epoch under way: the fields of `Progress`
    device: str  # where it ran, and in what precision, for the record
    precision: str


class RejectedError(Exception):
    """A checkpoint that cannot be used, and why."""


class ForeignError(RejectedError):
    """A whole checkpoint of another training."""


def previous(path: Path) -> Path:
    """Where the last checkpoint but one is kept."""
    return path.with_name(path.name + ".previous")


def save(path: Path, state: State) -> None:
    """Write a checkpoint, keeping the one before as `previous(path)`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Of this process alone: a job that was given up may still run, on another machine, and save the same training.
    partial = path.with_name(f"{path.name}.{socket.gethostname()}-{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):  # it is the first
            os.replace(path, previous(path))
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def load(path: Path, fingerprint: dict[str, Any]) -> State | None:
    """The newest usable checkpoint of the training that `fingerprint` describes, on the CPU; None if there is none.

    One that is damaged or of another training is warned about and passed over; the latter is kept under another name,
    as it may hold days of work. What a killed process left half written is removed.
    """
    for partial in path.parent.glob(glob.escape(path.name) + ".*partial"):
        partial.unlink(missing_ok=True)  # should its process still run, it fails: two should not train the same
    for candidate in (path, previous(path)):
        if not candidate.exists():
            continue
        try:
            return _read(candidate, fingerprint)
        except ForeignError as error:
            aside = candidate.with_name(candidate.name + ".other")
            with contextlib.suppress(FileNotFoundError):  # of several processes another was first
                os.replace(candidate, aside)
            logger.warning("checkpoint %s is not used and kept as %s: %s", candidate, aside.name, error)
        except RejectedError as error:
            logger.warning("checkpoint %s is not used: %s", candidate, error)
    return None


def read(path: Path) -> State:
    """The checkpoint in a file, on the CPU; RejectedError says what is wrong with it."""
    try:
        with zipfile.ZipFile(path) as archive:
            whole = archive.testzip() is None  # torch writes checksums but does not look at them when it reads
        if not whole:
            raise RejectedError("it is damaged: a checksum differs")
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, PermissionError) as error:
        raise RejectedError(f"it cannot be read: {error.strerror}") from None
    # What a cut, overwritten or foreign file makes zipfile and torch raise.
    except (OSError, RuntimeError, ValueError, LookupError, EOFError, TypeError, *BROKEN):
        raise RejectedError("it is damaged, or no checkpoint") from None
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

"""Export trained networks for use elsewhere: as a program that needs only torch, or as ONNX."""

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from .. import space
from . import checkpoint
from .checkpoint import State

ABOUT = "about"  # the key under which an exported file keeps the facts about its network


class ExportError(ValueError):
    """A network that cannot be exported; the message says why, in one line."""


def load_network(path: Path) -> tuple[space.Network, dict[str, Any]]:
    """Load the network of a checkpoint, on the CPU and in evaluation mode, and the facts about it in plain values.

    The facts are its `preprocessing` (see `TrainingPlan.preprocessing`), its data set, recipe and seed, the epochs done
    and the accuracy after the last one, if measured. Raises ExportError if the file is no checkpoint.
    """
    try:
        state = checkpoint.read(path)
    except checkpoint.RejectedError as error:
        raise ExportError(f"{path}: {error}") from None
    described = dict(state["network"])
    network = space.build(space.parse(described.pop("architecture")), **described)
    network.load_state_dict(state["model"])
    return network.eval(), _about(state)


def _about(state: State) -> dict[str, Any]:
    training, history = state["fingerprint"], state["history"]
    return {
        "architecture": state["network"]["architecture"],
        "num_classes": state["network"]["num_classes"],
        "preprocessing": state["preprocessing"],
        "dataset": training["dataset"],
        "recipe": training["recipe"]["name"],
        "seed": training["seed"],
        "epochs": training["epochs"],
        "epochs_done": len(history),
        "accuracy": history[-1]["accuracy"] if history else None,
    }


def export(path: Path, format: str, out: Path) -> dict[str, Any]:
    """Write the network of a checkpoint in a format of `FORMATS`, with the facts about it; returns the facts.

    The network takes any number of normalised images of the resolution that it was trained on. `out` is written whole
    or not at all. Raises ExportError.
    """
    network, about = load_network(path)
    if not out.name:
        raise ExportError(f"{out}: this is a folder; name a file in it")
    if out.exists() and out.samefile(path):
        raise ExportError(f"{out}: this is the checkpoint itself; name another file")
    partial = out.with_name(f".{out.name}.partial.pt2")  # torch warns of other endings
    try:
        partial.touch()  # if it cannot be written, the error of the system is clearer than that of an exporter
        FORMATS[format](_program(network, about["preprocessing"]["resolution"]), about, partial)
        os.replace(partial, out)
    except OSError as error:
        raise ExportError(f"{out}: {error.strerror or error}") from None
    finally:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
    return about


def _program(network: space.Network, resolution: int) -> torch.export.ExportedProgram:
    # Two images: given one, the exporter would conclude that there is always one.
    images = torch.zeros(2, space.IMAGE_CHANNELS, resolution, resolution)
    return torch.export.export(network, (images,), dynamic_shapes=({0: torch.export.Dim("batch")},))


def _torch(program: torch.export.ExportedProgram, about: dict[str, Any], out: Path) -> None:
    torch.export.save(program, out, extra_files={ABOUT: json.dumps(about)})


def _onnx(program: torch.export.ExportedProgram, about: dict[str, Any], out: Path) -> None:
    try:
        import onnxscript  # noqa: F401 - torch's exporter needs it
    except ImportError:
        raise ExportError(
            "ONNX needs the packages onnx and onnxscript; install them: pip install -e '.[export]'"
        ) from None
    converted = torch.onnx.export(program, input_names=["images"], output_names=["logits"], verbose=False)
    assert converted is not None
    converted.model.metadata_props[ABOUT] = json.dumps(about)
    converted.save(out)


FORMATS: dict[str, Callable[[torch.export.ExportedProgram, dict[str, Any], Path], None]] = {
    "torch": _torch,
    "onnx": _onnx,
}

"""One network trained by two processes: the losses of one process with the same batches."""

import json
import subprocess
import sys
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from zsbench import space, train

TINY = "SuperConvK3BNRELU(3,8,2,1)SuperResK3K3(8,8,2,8,1)SuperConvK1BNRELU(8,32,1,1)"
RECIPE = replace(train.recipe("fast"), batch_size=64, norm_batch=16, mixup=0.2, cutout=0.25)

# One start of two processes trains three times: to the end, until one process says stop, and on from there.
SCRIPT = f"""
import json, sys
from dataclasses import replace
from pathlib import Path
import torch
from zsbench import space, train

torch.set_num_threads(1)
folder = Path(sys.argv[1])
recipe = replace(train.recipe("fast"), batch_size=64, norm_batch=16, mixup=0.2, cutout=0.25)
data = train.load("digits", train_limit=200)

def trained(name, stop=lambda: False):
    try:
        done = train.train(space.parse({TINY!r}), data, recipe, epochs=3, evaluate_every=1, group=group,
                           precision="float32", checkpoint=folder / name, stop=stop)
    except train.Stopped:
        return "stopped"
    return [[epoch.loss, epoch.accuracy] for epoch in done.epochs]

asked = []

def stop():  # said by one process only, the sixth time that it is asked: the other has to leave with it
    asked.append(True)
    return group.rank == 1 and len(asked) == 6

with train.join_group() as group:
    told = {{"size": group.size, "whole": trained("whole.pt"), "first": trained("parts.pt", stop)}}
    if group.rank == 0:
        (folder / "stopped.pt").write_bytes((folder / "parts.pt").read_bytes())
    group.agree(True)  # the first process has saved what both go on from
    told["second"] = trained("parts.pt")
    if group.rank == 0:
        (folder / "told.json").write_text(json.dumps(told))
"""


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """What two processes told, and the folder of their checkpoints."""
    folder = tmp_path_factory.mktemp("group")
    (folder / "script.py").write_text(SCRIPT)
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    command = [sys.executable, *launch, str(folder / "script.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return SimpleNamespace(folder=folder, **json.loads((folder / "told.json").read_text()))


@pytest.fixture(scope="module")
def alone() -> list[train.Epoch]:
    torch.set_num_threads(1)
    data = train.load("digits", train_limit=200)
    options: dict[str, Any] = {"epochs": 3, "evaluate_every": 1, "precision": "float32"}
    return list(train.train(space.parse(TINY), data, RECIPE, **options).epochs)


def test_two_processes_have_the_losses_of_one(two: SimpleNamespace, alone: list[train.Epoch]) -> None:
    assert two.size == 2
    assert [loss for loss, _ in two.whole] == pytest.approx([epoch.loss for epoch in alone], rel=1e-4)
    # Running statistics are the mean of those of both, not those of one after the other: close, not equal.
    assert [accuracy for _, accuracy in two.whole] == pytest.approx([epoch.accuracy for epoch in alone], abs=5)
    # The saved network is whole, for one process to use.
    model = torch.load(two.folder / "whole.pt", weights_only=True)["model"]
    space.build(space.parse(TINY), 10).load_state_dict(model)


def test_they_stop_together_and_go_on(two: SimpleNamespace, alone: list[train.Epoch]) -> None:
    assert two.first == "stopped"
    state = torch.load(two.folder / "stopped.pt", weights_only=True)
    # An epoch has three steps, and is asked once more before it is saved and after.
    assert (len(state["history"]), state["progress"]["step"]) == (1, 2)
    assert [loss for loss, _ in two.second] == pytest.approx([epoch.loss for epoch in alone], rel=1e-4)


def test_parts_are_what_batch_norm_sees(alone: list[train.Epoch]) -> None:
    data = train.load("digits", train_limit=200)
    whole = train.train(space.parse(TINY), data, replace(RECIPE, norm_batch=None), epochs=1, precision="float32")
    assert whole.epochs[0].loss != pytest.approx(alone[0].loss, rel=1e-4)


def test_a_step_of_one_part_cannot_be_shared() -> None:
    data = train.load("digits", train_limit=200)
    with pytest.raises(ValueError, match="2 processes cannot share a step of 1 parts"):
        train.train(space.parse(TINY), data, train.recipe("fast"), epochs=1, group=train.Group(0, 2))
